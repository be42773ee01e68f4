/**
 * DCMTK's wlmscpfs as a test worklist.
 *
 * @module
 */
import { freePort, runOk, startDaemon } from "./command.ts";

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
  const directory = await Deno.makeTempDir({ prefix: "dimse_wlmscpfs_" });
  const remove = (): Promise<void> => Deno.remove(directory, { recursive: true });
  try {
    await Deno.mkdir(`${directory}/${aeTitle}`);
    await Deno.writeTextFile(`${directory}/${aeTitle}/lockfile`, "");
    for (const [index, dump] of dumps.entries()) {
      const path = `${directory}/${index}.dump`;
      await Deno.writeFile(path, dump);
      await runOk("dump2dcm", [path, `${directory}/${aeTitle}/${index}.wl`]);
    }
    const args = ["-v", "-csk", "-dhl", "-dfp", directory, String(port)];
    const daemon = await startDaemon("wlmscpfs", args, [port], directory);
    return {
      aeTitle,
      port,
      log: () => daemon.log(),
      [Symbol.asyncDispose]: async () => {
        await daemon.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
