/**
 * What Linux tells of a process.
 *
 * @module
 */

/** How many descriptors a process has: files, sockets and what else it has open. */
export function descriptors(pid: number | "self"): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** The resident set of a process in bytes: as it is, or at its peak. */
export function residentMemory(pid: number, which: "now" | "peak" = "now"): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const line = which === "now" ? /^VmRSS:\s+(\d+) kB$/m : /^VmHWM:\s+(\d+) kB$/m;
  return 1024 * Number(line.exec(status)?.[1]);
}
