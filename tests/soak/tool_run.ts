/**
 * Our requestors, run to their end within this process.
 *
 * @module
 */

import { main as echoscu } from "../../cli/echoscu.ts";
import { main as findscu } from "../../cli/findscu.ts";
import { main as getscu } from "../../cli/getscu.ts";
import { denoIo, type Io } from "../../cli/io.ts";
import { main as movescu } from "../../cli/movescu.ts";
import { main as storescu } from "../../cli/storescu.ts";
import type { JsonEvent } from "../support/event_schema.ts";
import type { OnEvent } from "./tool_process.ts";

const MAINS = { echoscu, findscu, getscu, movescu, storescu };

/** How a run ended. */
export interface ToolOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a requestor, with `--json`.
 *
 * @param tool Its name.
 * @param args Its arguments.
 * @param onEvent Told of its events at once; findscu has none.
 * @returns How it ended.
 */
export async function runHere(
  tool: keyof typeof MAINS,
  args: readonly string[],
  onEvent: OnEvent = () => {},
): Promise<ToolOutcome> {
  let stdout = "";
  let stderr = "";
  let rest = "";
  const io: Io = {
    ...denoIo,
    columns: undefined,
    stderrColumns: undefined,
    stdout(text) {
      if (tool === "findscu") {
        stdout += text;
        return;
      }
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const event: JsonEvent = JSON.parse(line);
        onEvent(event);
      }
    },
    stderr: (text) => void (stderr = (stderr + text).slice(-LOG_LIMIT)),
    onSignal: () => () => {},
  };
  const code = await MAINS[tool](["--json", ...args], io);
  return { code, stdout, stderr };
}

/**
 * Whether an event tells that an instance was taken: by the peer, or by us.
 *
 * @param event The event.
 * @returns The SOP Instance UID; `undefined` when it tells another thing.
 */
export function acknowledged(event: JsonEvent): string | undefined {
  if (event.event !== "instance" || event["status"] !== 0) return undefined;
  return String(event["sopInstanceUid"]);
}

const LOG_LIMIT = 64 * 1024;
