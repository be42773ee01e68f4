/**
 * Tissues, and what they look like.
 *
 * @module
 */

/** CT numbers in Hounsfield units, and the signal of a T1-weighted spin echo from 0 to 1. */
const TISSUES = {
  air: { hounsfield: -1000, t1: 0.01 },
  lung: { hounsfield: -830, t1: 0.04 },
  airCells: { hounsfield: -650, t1: 0.04 },
  fat: { hounsfield: -95, t1: 1 },
  fluid: { hounsfield: 6, t1: 0.16 },
  skin: { hounsfield: 45, t1: 0.55 },
  muscle: { hounsfield: 52, t1: 0.42 },
  tongue: { hounsfield: 55, t1: 0.5 },
  greyMatter: { hounsfield: 39, t1: 0.5 },
  whiteMatter: { hounsfield: 29, t1: 0.68 },
  falx: { hounsfield: 60, t1: 0.36 },
  hematoma: { hounsfield: 68, t1: 0.85 },
  pituitary: { hounsfield: 48, t1: 0.74 },
  lens: { hounsfield: 85, t1: 0.32 },
  blood: { hounsfield: 44, t1: 0.2 },
  contrast: { hounsfield: 270, t1: 0.9 },
  heart: { hounsfield: 95, t1: 0.45 },
  liver: { hounsfield: 72, t1: 0.58 },
  spleen: { hounsfield: 88, t1: 0.44 },
  nodule: { hounsfield: 32, t1: 0.4 },
  cartilage: { hounsfield: 110, t1: 0.35 },
  calcification: { hounsfield: 260, t1: 0.06 },
  marrow: { hounsfield: 230, t1: 0.78 },
  bone: { hounsfield: 980, t1: 0.05 },
  denseBone: { hounsfield: 1500, t1: 0.03 },
} as const;

/** What a part of a body is made of. */
export type Tissue = keyof typeof TISSUES;

/** The CT number of a tissue, in Hounsfield units. */
export function hounsfield(tissue: Tissue): number {
  return TISSUES[tissue].hounsfield;
}

/** The signal of a tissue in a T1-weighted MR image, from 0 to 1. */
export function t1Signal(tissue: Tissue): number {
  return TISSUES[tissue].t1;
}
