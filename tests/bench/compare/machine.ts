/**
 * The machine that was measured on.
 *
 * @module
 */

import { outputOf } from "./process.ts";

/** The machine that was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** In GB. */
  readonly memory: number;
  readonly kernel: string;
  /** Of the directory of the data. */
  readonly fileSystem: string;
  readonly deno: string;
}

/**
 * Describes this machine.
 *
 * @param directory The directory of the data.
 * @returns What is known of it.
 */
export function describeMachine(directory: string): Machine {
  return {
    cpu: /^model name\s*: (.*)$/m.exec(textOf("/proc/cpuinfo"))?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memory: Math.round(Deno.systemMemoryInfo().total / 1e9),
    kernel: `${Deno.build.os} ${Deno.osRelease()}`,
    fileSystem: /^.*\n\S+ +(\S+)/.exec(outputOf({ command: "df", args: ["-T", directory] }))?.[1] ??
      "unknown file system",
    deno: Deno.version.deno,
  };
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
