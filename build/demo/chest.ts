/**
 * A chest of ellipsoids, with contrast medium in its arteries. Its origin lies in the middle, at the
 * height of the heart's base.
 *
 * @module
 */

import type { Body, Ellipsoid } from "./ellipsoid.ts";
import type { Tissue } from "./tissue.ts";
import { grain } from "./texture.ts";
import { along, axesAlong, circle, turned, type Vector } from "./vector.ts";

/** What goes on above and below. */
const LONG = 600;

function part(tissue: Tissue, center: Vector, radii: Vector, half = 0): Ellipsoid {
  return { tissue, center, radii, axes: turned(half) };
}

/** A part that there is on both sides; `half` turns the left one, the right one is its mirror image. */
function pair(tissue: Tissue, [x, y, z]: Vector, radii: Vector, half = 0): Body {
  return [part(tissue, [x, y, z], radii, half), part(tissue, [-x, y, z], radii, -half)];
}

const WALL: Body = [
  part("skin", [0, 0, 0], [170, 116, LONG]),
  part("fat", [0, 0, 0], [167.5, 113.5, LONG]),
  part("muscle", [0, 4, 0], [150, 101, LONG]),
  // Behind, the muscles along the spine; in front, those of the chest.
  ...pair("muscle", [34, 86, 0], [32, 22, LONG], -0.12),
  ...pair("muscle", [74, -82, 60], [52, 15, 70], 0.22),
  ...pair("marrow", [98, 72, 60], [36, 5, 60], -0.3),
];

/** A pair of ribs, as beads on a bow that comes forward and down. */
function ribs(height: number): Body {
  const beads: Ellipsoid[] = [];
  // The angle from the spine, round the side to the front.
  let [cosine, sine] = circle(FIRST_BEAD);
  const [stepCosine, stepSine] = circle(NEXT_BEAD);
  for (let bead = 0; bead < BEADS; bead++) {
    const center: Vector = [sine * 132, cosine * 88 + 2, height - (1 - cosine) * 26];
    const tissue = bead < BONE_BEADS ? "bone" : "cartilage";
    for (const mirror of [1, -1]) {
      beads.push(part(tissue, [center[0] * mirror, center[1], center[2]], [7, 7, 6.5]));
    }
    [cosine, sine] = [
      cosine * stepCosine - sine * stepSine,
      sine * stepCosine + cosine * stepSine,
    ];
  }
  const marrow = beads.filter(({ tissue }) => tissue === "bone").map(({ center }): Ellipsoid => (
    part("marrow", center, [4.8, 4.8, 4.5])
  ));
  return [...beads, ...marrow];
}

/** The tangents of half the angles of the first bead and between beads, and how many there are. */
const FIRST_BEAD = 0.16;
const NEXT_BEAD = 0.032;
const BEADS = 41;
const BONE_BEADS = 36;

const RIBS: Body = [-140, -112, -84, -56, -28, 0, 28, 56, 84, 112, 140].flatMap(ribs);

const LUNGS: Body = [
  ...pair("lung", [70, 2, -10], [56, 78, 150]),
  ...pair("lung", [62, 34, -40], [50, 48, 120]),
];

/** The vessels of the lungs, from where they come in towards the wall; the smaller the further out. */
function lungVessels(): Body {
  const vessels: Ellipsoid[] = [];
  for (let index = 0; vessels.length < 150; index++) {
    const side = index % 2 === 0 ? 1 : -1;
    const direction: Vector = [
      side * (0.35 + 0.65 * Math.abs(grain(index, 11, 0))),
      grain(index, 12, 0),
      grain(index, 13, 0) * 1.3,
    ];
    const axes = axesAlong(direction);
    const reach = 22 + 58 * Math.abs(grain(index, 14, 0));
    const center = along([side * 34, 6, 4], axes[0], reach);
    if (!isInLung(center)) continue;
    const width = 3.1 - reach / 36;
    vessels.push({ tissue: "heart", center, radii: [reach / 3 + 6, width, width], axes });
  }
  return vessels;
}

function isInLung([x, y, z]: Vector): boolean {
  const [a, b, c] = [(Math.abs(x) - 70) / 50, (y - 2) / 70, (z + 10) / 140];
  return a * a + b * b + c * c < 1;
}

const MIDDLE: Body = [
  part("fat", [0, -30, 10], [36, 62, 150]),
  part("muscle", [0, 20, 20], [30, 42, 170]),
  part("fat", [26, -28, -52], [60, 52, 62], 0.2),
  part("heart", [28, -28, -54], [54, 44, 54], 0.2),
  part("contrast", [46, -18, -58], [25, 17, 32], 0.3),
  part("blood", [2, -44, -56], [24, 17, 32], 0.1),
  part("contrast", [14, 12, -34], [26, 14, 20]),
  part("blood", [-26, -14, -40], [17, 21, 30]),
  part("contrast", [-12, -28, 24], [15.5, 15.5, 52]),
  part("contrast", [4, -6, 72], [15, 34, 14], -0.3),
  part("contrast", [22, 40, -60], [12.5, 12.5, 132]),
  part("contrast", [13, -40, 14], [13, 12.5, 26]),
  part("contrast", [0, -18, 16], [34, 9, 9], 0.1),
  part("blood", [-30, -16, 40], [9, 10, 60]),
  part("muscle", [6, 36, 20], [8, 6, 170]),
  part("air", [0, 12, 108], [9, 9, 66]),
  { tissue: "air", center: [15, 13, 26], radii: [28, 6, 6], axes: axesAlong([1, 0.1, -0.9]) },
  { tissue: "air", center: [-13, 13, 28], radii: [24, 7, 7], axes: axesAlong([-1, 0.1, -1.2]) },
];

const BELLY: Body = [
  part("fat", [-66, 2, -152], [76, 82, 68]),
  part("liver", [-64, 2, -154], [74, 80, 67]),
  part("fat", [72, 16, -164], [64, 72, 62]),
  part("spleen", [96, 42, -166], [30, 38, 50]),
  part("fluid", [52, -12, -166], [40, 44, 50]),
  part("air", [50, -34, -160], [24, 14, 34]),
];

/** A vertebra with its arch, and the disc above it. */
function vertebra(height: number): Body {
  return [
    part("bone", [0, 66, height], [20, 16, 14]),
    part("marrow", [0, 66, height], [18, 14, 12.5]),
    part("bone", [0, 101, height - 9], [4, 9, 8]),
    ...pair("bone", [22, 90, height], [24, 6, 6], 0.14),
    ...pair("bone", [11, 84, height], [4, 11, 7], -0.1),
    part("bone", [0, 94, height], [13, 5, 12]),
  ];
}

const SPINE: Body = [
  part("cartilage", [0, 66, 0], [16, 13, LONG]),
  ...[-156, -130, -104, -78, -52, -26, 0, 26, 52, 78, 104, 130, 156].flatMap(vertebra),
  part("fluid", [0, 85, 0], [9, 7.5, LONG]),
  part("whiteMatter", [0, 85, 0], [5, 4.5, LONG]),
];

const BREASTBONE: Body = [
  part("bone", [0, -92, 20], [17, 6.5, 84]),
  part("marrow", [0, -92, 20], [15, 4.5, 82]),
];

/** The chest. */
export const CHEST: Body = [
  ...WALL,
  ...RIBS,
  ...LUNGS,
  ...lungVessels(),
  part("nodule", [-82, 28, 22], [7, 7.5, 7]),
  ...MIDDLE,
  ...BELLY,
  ...SPINE,
  ...BREASTBONE,
];
