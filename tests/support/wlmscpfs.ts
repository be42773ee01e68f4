/**
 * DCMTK's wlmscpfs as a test worklist.
 *
 * @module
 */
import { freePort, runOk, startDaemon } from "./command.ts";
import { startPeer } from "./peer_daemon.ts";

/** A running worklist provider. */
export interface Worklist extends AsyncDisposable {
  /** Its AE title. */
  readonly aeTitle: string;
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What it wrote so far, for a failure's message. */
  log(): string;
}

/**
 * Start a wlmscpfs that answers in the character sets of its files.
 *
 * @param dumps Its worklist entries, in the form that dump2dcm reads; bytes, since names are in the
 * entry's own character set.
 * @returns The running provider.
 */
export async function startWlmscpfs(dumps: readonly Uint8Array[]): Promise<Worklist> {
  const aeTitle = "WORKLIST";
  const port = freePort();
  const peer = await startPeer("wlmscpfs", async (directory) => {
    await Deno.mkdir(`${directory}/${aeTitle}`);
    await Deno.writeTextFile(`${directory}/${aeTitle}/lockfile`, "");
    for (const [index, dump] of dumps.entries()) {
      const path = `${directory}/${index}.dump`;
      await Deno.writeFile(path, dump);
      await runOk("dump2dcm", [path, `${directory}/${aeTitle}/${index}.wl`]);
    }
    const args = ["-v", "-csk", "-dhl", "-dfp", directory, String(port)];
    return await startDaemon("wlmscpfs", args, [port], directory);
  });
  return { ...peer, aeTitle, port };
}
