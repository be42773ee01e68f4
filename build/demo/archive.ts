/**
 * The archive of the demo: three patients, made of ellipsoids. Always the same bytes.
 *
 * @module
 */

import { CHEST } from "./chest.ts";
import { axialSlices, localizer, type Stack } from "./ct_series.ts";
import type { Plane } from "./ellipsoid.ts";
import { HEAD } from "./head.ts";
import type { Instance } from "./instance.ts";
import { t1Slices } from "./mr_series.ts";
import { reformat } from "./multi_frame.ts";
import { picture } from "./secondary_capture.ts";
import type { Series } from "./series.ts";
import { CHEST_CT, HEAD_CT, HEAD_MR } from "./study.ts";
import { report } from "./text_report.ts";

/** All instances of the archive, patient by patient. */
export function* demoArchive(): Generator<Instance> {
  yield* headCt();
  yield* headMr();
  yield* chestCt();
}

const HEAD_SLICES: Series = {
  study: HEAD_CT,
  number: 1,
  folder: "ct_head",
  modality: "CT",
  description: "Schädel axial 5 mm",
  delay: 60,
  keys: ["BodyPartExamined=HEAD", "WindowCenter=40", "WindowWidth=90"],
};

function* headCt(): Generator<Instance> {
  yield* axialSlices(HEAD_SLICES, HEAD, {
    origin: [-115.2, -120, -50],
    spacing: 0.9,
    step: 5,
    slices: 24,
  });
  const series: Series = {
    study: HEAD_CT,
    number: 2,
    folder: "report",
    modality: "SR",
    description: "Befund",
    delay: 2400,
    keys: [],
  };
  yield report(series, {
    findings: [
      "Rechts neben dem Seitenventrikel eine dichte Raumforderung von 21 x 16 mm mit schmalem " +
      "Ödemsaum. Übrige Hirnstrukturen in regelrechter Größe und Lage.",
      "Knochen unauffällig, Orbitae und Nasennebenhöhlen frei.",
    ],
    conclusion: "Kleine Blutung rechts. Dies ist ein Phantom aus Ellipsoiden, kein Mensch.",
    observer: "Groß^Änne",
    image: { series: HEAD_SLICES, number: 15 },
  });
}

function* headMr(): Generator<Instance> {
  const series: Series = {
    study: HEAD_MR,
    number: 1,
    folder: "mr_t1",
    modality: "MR",
    description: "T1 SE 軸位断",
    delay: 120,
    keys: ["BodyPartExamined=HEAD", "WindowCenter=700", "WindowWidth=1400"],
  };
  const stack: Stack = { origin: [-115.2, -120, -60], spacing: 0.9, step: 7, slices: 20 };
  yield* t1Slices(series, HEAD, stack);
  const coronal: Series = {
    study: HEAD_MR,
    number: 2,
    folder: "mr_coronal",
    modality: "MR",
    description: "T1 冠状断 MPR",
    delay: 600,
    keys: ["BodyPartExamined=HEAD"],
  };
  const plane = (index: number): Plane => ({
    origin: [-114.3, -70 + index * THICKNESS, 110],
    orientation: [[1, 0, 0], [0, 0, -1]],
    spacing: 1.8,
    columns: 128,
    rows: 128,
  });
  const more = Array.from({ length: 35 }, (_, index) => plane(index + 1));
  yield reformat(coronal, HEAD, [plane(0), ...more], THICKNESS, {
    series,
    instances: stack.slices,
  });
}

/** Of a coronal image. */
const THICKNESS = 4;

function* chestCt(): Generator<Instance> {
  const common = { study: CHEST_CT, modality: "CT" };
  const spacing = 1.5;
  const size = { spacing, columns: 256, rows: 256 };
  const coronal: Plane = {
    origin: [-191.25, 28, 190],
    orientation: [[1, 0, 0], [0, 0, -1]],
    ...size,
  };
  const scout: Series = {
    ...common,
    number: 1,
    folder: "localizer",
    description: "Localizer",
    delay: 0,
    keys: ["BodyPartExamined=CHEST", "WindowCenter=300", "WindowWidth=2400"],
  };
  yield localizer(scout, CHEST, coronal, 120);
  const slices: Series = {
    ...common,
    number: 2,
    folder: "ct_chest",
    description: "Chest axial, arterial phase",
    delay: 180,
    keys: [
      "BodyPartExamined=CHEST",
      "WindowCenter=60",
      "WindowWidth=500",
      "ContrastBolusAgent=Iodinated contrast medium",
    ],
  };
  yield* axialSlices(slices, CHEST, {
    origin: [-191.25, -191.25, -140],
    spacing,
    step: 15,
    slices: 20,
  });
  const key: Series = {
    ...common,
    number: 3,
    folder: "picture",
    modality: "OT",
    description: "Nodule, right lung",
    delay: 900,
    keys: ["BodyPartExamined=LUNG", "Laterality=R"],
  };
  const axial: Plane = {
    origin: [-191.25, -191.25, 22],
    orientation: [[1, 0, 0], [0, 1, 0]],
    ...size,
  };
  yield picture(key, CHEST, [axial, coronal], { center: [-82, 28, 22], radius: 16 });
}
