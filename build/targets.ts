/**
 * The computers that executables are made for.
 *
 * @module
 */

/** A kind of computer. */
export interface Target {
  /** What it is called here, and the directory of its executables. */
  readonly name: string;
  /** What Deno calls it. */
  readonly triple: string;
  /** The ending of executables. */
  readonly suffix: "" | ".exe";
  /** How its executables begin, by offset: format and processor. */
  readonly magic: Readonly<Record<number, readonly number[]>>;
}

/** All targets. */
export const TARGETS: readonly Target[] = [
  {
    name: "linux-x64",
    triple: "x86_64-unknown-linux-gnu",
    suffix: "",
    magic: { 0: [0x7f, 0x45, 0x4c, 0x46], 18: [0x3e, 0] },
  },
  {
    name: "linux-arm64",
    triple: "aarch64-unknown-linux-gnu",
    suffix: "",
    magic: { 0: [0x7f, 0x45, 0x4c, 0x46], 18: [0xb7, 0] },
  },
  {
    name: "macos-x64",
    triple: "x86_64-apple-darwin",
    suffix: "",
    magic: { 0: [0xcf, 0xfa, 0xed, 0xfe], 4: [0x07, 0, 0, 1] },
  },
  {
    name: "macos-arm64",
    triple: "aarch64-apple-darwin",
    suffix: "",
    magic: { 0: [0xcf, 0xfa, 0xed, 0xfe], 4: [0x0c, 0, 0, 1] },
  },
  {
    name: "windows-x64",
    triple: "x86_64-pc-windows-msvc",
    suffix: ".exe",
    // The processor is told further on, at a place that differs.
    magic: { 0: [0x4d, 0x5a] },
  },
];

/** How many bytes {@linkcode isExecutableOf} looks at. */
export const MAGIC_LENGTH = 32;

/**
 * Tells whether a file is an executable for a target.
 *
 * @param head How the file begins.
 * @param target The target.
 * @returns Whether it looks like one.
 */
export function isExecutableOf(head: Uint8Array, target: Target): boolean {
  return Object.entries(target.magic).every(([offset, bytes]) =>
    bytes.every((byte, index) => head[Number(offset) + index] === byte)
  );
}

/**
 * The target that this computer is.
 *
 * @param triple What Deno calls it.
 * @returns The target; `undefined` when there are no executables for it.
 */
export function hostTarget(triple: string = Deno.build.target): Target | undefined {
  return TARGETS.find((target) => target.triple === triple);
}
