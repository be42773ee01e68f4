/**
 * A head of ellipsoids. Its origin lies between the ears, above the brain stem.
 *
 * @module
 */

import type { Body, Ellipsoid } from "./ellipsoid.ts";
import type { Tissue } from "./tissue.ts";
import { grain } from "./texture.ts";
import { type Axes, axesAlong, turned, type Vector } from "./vector.ts";

/** A part in the middle. */
function part(tissue: Tissue, center: Vector, radii: Vector, axes?: Axes): Ellipsoid {
  return axes === undefined ? { tissue, center, radii } : { tissue, center, radii, axes };
}

/** A part that there is on both sides; `half` turns the left one, the right one is its mirror image. */
function pair(tissue: Tissue, center: Vector, radii: Vector, half = 0): Body {
  const [x, y, z] = center;
  return [
    part(tissue, [x, y, z], radii, turned(half)),
    part(tissue, [-x, y, z], radii, turned(-half)),
  ];
}

const NECK_AND_FACE: Body = [
  part("skin", [0, 22, -150], [58, 62, 110]),
  part("fat", [0, 22, -150], [55, 59, 108]),
  part("muscle", [0, 24, -150], [50, 52, 104]),
  part("skin", [0, -42, -78], [60, 54, 72]),
  part("fat", [0, -42, -78], [57, 51, 69]),
  part("muscle", [0, -40, -78], [50, 46, 64]),
  part("skin", [0, -98, -52], [13, 20, 22]),
  part("skin", [0, -88, -100], [24, 10, 16]),
  part("marrow", [0, -84, -118], [18, 9, 10]),
  part("tongue", [0, -50, -98], [20, 32, 20]),
  part("bone", [0, -62, -68], [24, 26, 4]),
  part("air", [0, 4, -92], [11, 7, 42]),
  part("air", [0, -58, -54], [9, 26, 10]),
  part("fluid", [0, 42, -130], [9, 9, 80]),
  part("whiteMatter", [0, 42, -130], [5.5, 5.5, 82]),
  part("marrow", [0, 23, -84], [11, 9, 9]),
  part("marrow", [0, 24, -104], [11, 9, 8]),
  part("marrow", [0, 24, -124], [11, 9, 8]),
];

const SKULL: Body = [
  ...pair("skin", [82, 8, -28], [7, 16, 28], 0.2),
  part("skin", [0, 0, 0], [78, 98, 99]),
  part("fat", [0, 0, 0], [75.5, 95.5, 96.5]),
  part("bone", [0, 0, 0], [71.5, 91.5, 92.5]),
  part("marrow", [0, 0, 0], [69.5, 89.5, 90.5]),
  part("bone", [0, 0, 0], [68, 88, 89]),
  part("fluid", [0, 0, 0], [65.5, 85.5, 86.5]),
];

/** The grooves of the brain: sheets of fluid that go in from its surface. */
function sulci(): Body {
  const sheets: Ellipsoid[] = [];
  for (let index = 0; sheets.length < 110; index++) {
    const from: Vector = [grain(index, 1, 0), grain(index, 2, 0), grain(index, 3, 0)];
    const square = from[0] * from[0] + from[1] * from[1] + from[2] * from[2];
    // Within a ball, so that no direction is preferred; and the brain has no grooves below.
    if (square > 1 || square < 0.01 || from[2] < -0.35) continue;
    const length = Math.sqrt(square);
    const [x, y, z]: Vector = [from[0] / length, from[1] / length, from[2] / length];
    const center: Vector = [x * 58, y * 77, z * 78];
    sheets.push(part("fluid", center, [9, 1.3, 15], axesAlong([x / 62, y / 82, z / 83])));
  }
  return sheets;
}

const BRAIN: Body = [
  part("greyMatter", [0, 0, 0], [62.5, 82.5, 83.5]),
  ...pair("whiteMatter", [27, -2, 8], [25, 64, 60]),
  ...pair("whiteMatter", [44, -6, -8], [10, 34, 34]),
  part("fluid", [0, 0, 44], [1.6, 82, 40]),
  part("falx", [0, 0, 46], [0.8, 84, 42]),
  part("whiteMatter", [0, 2, 24], [12, 38, 7]),
  // The corpus callosum goes down at both ends.
  part("whiteMatter", [0, -31, 17], [8, 6, 11]),
  part("whiteMatter", [0, 35, 18], [8, 7, 10]),
];

const DEEP_BRAIN: Body = [
  ...pair("greyMatter", [27, -6, 2], [7, 19, 11], 0.08),
  ...pair("greyMatter", [12, -26, 6], [6, 12, 11], -0.12),
  ...pair("greyMatter", [11.5, 5, 4], [9.5, 15, 11], -0.2),
  ...pair("fluid", [9, -27, 12], [4, 15, 8], -0.2),
  ...pair("fluid", [10, 4, 17], [5, 26, 5], 0.1),
  ...pair("fluid", [21, 34, 8], [5, 16, 7], -0.18),
  part("fluid", [0, 1, 2], [2.2, 14, 9]),
  ...pair("calcification", [20, 32, 9], [2.2, 3.5, 2.5]),
  part("calcification", [0, 17, 6], [2, 2.4, 2]),
  // A small bleeding, on the right.
  part("fluid", [-29, 16, 21], [11, 13.5, 10], turned(0.2)),
  part("hematoma", [-29, 16, 21], [8, 10.5, 7.5], turned(0.2)),
];

const BELOW: Body = [
  part("fluid", [0, 10, -30], [20, 24, 22]),
  part("whiteMatter", [0, 14, -22], [13, 10, 16]),
  part("whiteMatter", [0, 15, -40], [15, 13, 15]),
  part("whiteMatter", [0, 26, -66], [8, 8, 26], axesAlong([1, 0, 0])),
  part("fluid", [0, 45, -42], [50, 33, 27]),
  part("greyMatter", [0, 46, -42], [47, 30, 25]),
  ...pair("whiteMatter", [21, 46, -41], [17, 18, 13], 0.15),
  part("greyMatter", [0, 54, -38], [7, 18, 18]),
  part("fluid", [0, 31, -40], [5, 5, 10]),
  ...pair("bone", [44, 12, -44], [25, 9, 11], -0.35),
  ...pair("denseBone", [36, 13, -42], [9, 6, 7], -0.35),
  ...pair("airCells", [60, 24, -50], [8, 13, 13]),
  ...pair("air", [66, 6, -46], [9, 3, 3]),
  part("bone", [0, -30, -42], [22, 24, 15]),
  part("air", [0, -38, -40], [11, 13, 9]),
  part("pituitary", [0, -20, -29], [6, 5, 4]),
  part("bone", [0, -80, 10], [14, 8, 14]),
  part("air", [0, -81, 9], [10, 4.5, 10]),
];

const EYES_AND_NOSE: Body = [
  ...pair("bone", [33, -60, -32], [22.5, 22, 22], 0.16),
  ...pair("fat", [33, -62, -32], [20.5, 21, 20], 0.16),
  ...pair("muscle", [25, -56, -32], [2.6, 17, 3], 0.16),
  ...pair("muscle", [41, -58, -32], [2.4, 15, 3], 0.22),
  ...pair("whiteMatter", [30, -52, -32], [2, 14, 2.5], 0.12),
  ...pair("skin", [33, -80, -32], [15, 6, 13]),
  ...pair("fluid", [33, -71, -32], [12.5, 12.5, 12.5]),
  ...pair("lens", [33, -80, -32], [4.8, 2.4, 4.8]),
  part("bone", [0, -60, -38], [12.5, 27, 22]),
  part("airCells", [0, -60, -38], [10.5, 24, 19]),
  part("cartilage", [0, -62, -40], [1, 23, 18]),
];

/** The head. */
export const HEAD: Body = [
  ...NECK_AND_FACE,
  ...SKULL,
  ...BRAIN,
  ...sulci(),
  ...DEEP_BRAIN,
  ...BELOW,
  ...EYES_AND_NOSE,
];
