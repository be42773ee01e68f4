/**
 * From the numbers of an image to the stored ones.
 *
 * @module
 */

import type { Pixels } from "./ellipsoid.ts";
import { grain } from "./texture.ts";

/** The highest number of 12 bits. */
const HIGHEST = 4095;

/**
 * Stores numbers as 12 bits of 16, in little endian order.
 *
 * @param pixels The numbers; those that do not fit become the nearest that does.
 * @returns The bytes.
 */
export function storePixels(pixels: Pixels): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(pixels.length * 2));
  pixels.forEach((value, index) => {
    view.setUint16(index * 2, Math.min(Math.max(Math.round(value), 0), HIGHEST), true);
  });
  return new Uint8Array(view.buffer);
}

/**
 * Adds the grain of a scanner to an image.
 *
 * @param pixels The image.
 * @param amount How far it goes, up and down.
 * @param seed Tells the grain of one image from that of another.
 * @returns The same image.
 */
export function addGrain(pixels: Pixels, amount: number, seed: number): Pixels {
  for (const [index, value] of pixels.entries()) {
    pixels[index] = value + (grain(index, seed, 1) + grain(index, seed, 2)) * (amount / 2);
  }
  return pixels;
}

/**
 * Shows numbers as a viewer does, from black to white (PS3.3 section C.11.2.1.2.1).
 *
 * @param value The number.
 * @param center Window Center.
 * @param width Window Width.
 * @returns The brightness, from 0 to 255.
 */
export function windowed(value: number, center: number, width: number): number {
  const share = (value - (center - 0.5)) / (width - 1) + 0.5;
  return Math.round(Math.min(Math.max(share, 0), 1) * 255);
}
