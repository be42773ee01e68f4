/**
 * The commands of the demo.
 *
 * @module
 */

import type { ToolCommand } from "./tool_command.ts";

/** The AE title that instances are moved to. */
const DESTINATION = "DEMO";

/**
 * Serves the archive, on a port that the system chooses.
 *
 * @param directory The archive.
 * @param movePort Where the destination of C-MOVE listens.
 * @returns The command.
 */
export function serveCommand(directory: string, movePort: number): ToolCommand {
  return {
    tool: "qrscp",
    args: [
      ...["-ba", "127.0.0.1", "-p", "0", "--json"],
      ...["--destination", `${DESTINATION}=127.0.0.1:${movePort}`, directory],
    ],
  };
}

/** The commands that go to an archive. */
export class ArchiveCommands {
  readonly #archive: string;
  readonly #movePort: number;

  /**
   * Makes commands.
   *
   * @param port Where the archive listens.
   * @param movePort Where the destination of C-MOVE listens.
   */
  constructor(port: number, movePort: number) {
    this.#archive = `QRSCP@127.0.0.1:${port}`;
    this.#movePort = movePort;
  }

  /** Verifies that it answers. */
  echo(): ToolCommand {
    return { tool: "echoscu", args: [this.#archive] };
  }

  /**
   * Queries it, for CSV.
   *
   * @param keys What is to match, and what is wanted.
   * @param columns What of it is shown.
   */
  find(keys: readonly string[], columns: readonly string[]): ToolCommand {
    return {
      tool: "findscu",
      args: [this.#archive, ...withKeys(keys), "--csv", columns.join(","), "-q"],
    };
  }

  /**
   * Retrieves by C-MOVE.
   *
   * @param key What.
   * @param directory To where.
   */
  move(key: string, directory: string): ToolCommand {
    return {
      tool: "movescu",
      args: [
        this.#archive,
        ...withKeys([key]),
        ...["--store", "--store-aet", DESTINATION, "--store-host", "127.0.0.1"],
        ...["--store-port", String(this.#movePort), "-od", directory],
      ],
    };
  }

  /**
   * Retrieves by C-GET.
   *
   * @param key What.
   * @param directory To where.
   */
  get(key: string, directory: string): ToolCommand {
    return { tool: "getscu", args: [this.#archive, ...withKeys([key]), "-od", directory] };
  }

  /**
   * Sends by C-STORE.
   *
   * @param path A file or a directory.
   */
  store(path: string): ToolCommand {
    return { tool: "storescu", args: [this.#archive, "-v", "-r", path] };
  }
}

function withKeys(keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => ["-k", key]);
}
