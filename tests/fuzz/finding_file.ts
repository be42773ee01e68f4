/**
 * Findings as files, to be read and to be run once more.
 *
 * @module
 */

import type { Finding } from "./fuzzer.ts";
import { seedFor } from "./random.ts";
import type { FuzzCase } from "./target.ts";

/** Octets in a line of hexadecimal. */
const LINE = 32;

/**
 * Writes a finding.
 *
 * @param directory Where to; it is made when it is missing.
 * @param finding What was found.
 * @param seed The seed of the run.
 * @returns The path.
 */
export function writeFinding(directory: string, finding: Finding, seed: number): string {
  Deno.mkdirSync(directory, { recursive: true });
  const { target, fault } = finding;
  const path = `${directory}/${target}_${seedFor(0, fault).toString(16).padStart(8, "0")}.hex`;
  Deno.writeTextFileSync(path, findingText(finding, seed));
  return path;
}

/** The text of a finding's file. */
export function findingText({ target, fault, detail, input }: Finding, seed: number): string {
  const comment = [`fault: ${fault}`, `seed: ${seed}`, ...detail.split("\n")];
  const lines: string[] = [];
  for (let at = 0; at < input.bytes.length; at += LINE) {
    lines.push(input.bytes.subarray(at, at + LINE).toHex());
  }
  return [
    ...comment.map((line) => `# ${line}`.trimEnd()),
    `target ${target}`,
    `control ${input.control}`,
    `variant ${input.variant}`,
    ...lines,
    "",
  ].join("\n");
}

/**
 * Reads what {@linkcode findingText} has written.
 *
 * @param text The text of the file.
 * @returns The target's name, and the input.
 */
export function readFinding(text: string): { readonly target: string; readonly input: FuzzCase } {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const valueOf = (name: string): string =>
    lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? "";
  const hex = lines.filter((line) => /^[0-9a-f]+$/.test(line)).join("");
  return {
    target: valueOf("target"),
    input: {
      bytes: Uint8Array.fromHex(hex),
      control: Number(valueOf("control")),
      variant: valueOf("variant"),
    },
  };
}
