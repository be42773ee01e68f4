/**
 * Asks the archive beforehand what a C-GET will bring, on an association of its own.
 *
 * @module
 */

import type { DataSet } from "../lib/data_set/data_set.ts";
import { describeStatus, formatStatus, statusCategory } from "../lib/dimse/status.ts";
import { ConnectionError, DicomNetError, TimeoutError } from "../lib/errors.ts";
import type { Association } from "../lib/net/association.ts";
import { type Inventory, type QueryLevel, takeInventory } from "../lib/service/get_inventory.ts";
import { cFind } from "../lib/service/query_scu.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../lib/transfer_syntax.ts";
import type { Identifier } from "./identifier.ts";
import type { InformationModel } from "./information_model.ts";
import { ToolLog } from "./log.ts";
import { FIND_SOP_CLASS } from "./query_model.ts";
import { type Requesting, type RequestOptions, withAssociation } from "./requested_association.ts";

/** What to ask, and how. */
export interface InventoryRequest {
  readonly identifier: Identifier;
  readonly model: InformationModel;
  /** The association to request, but for what is proposed. */
  readonly association: Omit<RequestOptions, "presentationContexts">;
  readonly requesting: Requesting;
  /** Whether every instance must be known by name, whatever it takes; else two hundred queries must do. */
  readonly isThorough?: boolean;
  /** Called when the association stands. */
  onAssociated(association: Association): void;
  /** Whether an error is to be thrown on, by who can ask again; only those below are, by default. */
  isThrown?(error: unknown): boolean;
}

/**
 * Asks the archive by C-FIND. What it says to the log is for who wants to know more than usual.
 *
 * @param request What to ask, and how.
 * @returns What the archive holds; `undefined` when it does not answer such questions.
 * @throws {ConnectionError} When there is no connection; there will be none for the C-GET either.
 * @throws {TimeoutError} When the archive does not answer an association request in time.
 */
export async function askInventory(request: InventoryRequest): Promise<Inventory | undefined> {
  const {
    identifier,
    model,
    association: options,
    requesting,
    onAssociated,
    isThorough = false,
    isThrown = () => false,
  } = request;
  const { log, interrupt } = requesting;
  const level = LEVELS.find((each) => each === identifier.level);
  if (level === undefined) return undefined;
  const sopClassUid = FIND_SOP_CLASS[model];
  const lowest = model === "patient-study-only" ? "STUDY" : "IMAGE";
  const quiet = log.writes("verbose") ? log : new ToolLog("quiet", () => {});
  log.verbose("Asking the archive by C-FIND what it holds");
  try {
    return await withAssociation(
      {
        ...options,
        presentationContexts: [
          { abstractSyntax: sopClassUid, transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES },
        ],
      },
      { ...requesting, log: quiet },
      async (association) => {
        onAssociated(association);
        const ask = asker(association, sopClassUid, interrupt.cancel, log);
        const inventory = await takeInventory(ask, {
          identifier: identifier.dataSet,
          level,
          lowest,
          ...(isThorough ? { limit: THOROUGH_LIMIT } : {}),
        });
        if (inventory.error === undefined) return inventory;
        if (isThrown(inventory.error)) throw inventory.error;
        log.verbose(reasonWhy(inventory.error));
        return inventory;
      },
    );
  } catch (error) {
    interrupt.cancel.throwIfAborted();
    if (isThrown(error)) throw error;
    const isUnreachable = error instanceof ConnectionError ||
      (error instanceof TimeoutError && error.phase !== "dimse");
    if (isUnreachable) {
      log.info("Requesting Association");
      throw error;
    }
    if (!(error instanceof DicomNetError)) throw error;
    log.verbose(reasonWhy(error));
    return undefined;
  }
}

/** Makes what asks one question. */
function asker(
  association: Association,
  sopClassUid: string,
  signal: AbortSignal,
  log: ToolLog,
): (identifier: DataSet) => AsyncGenerator<DataSet> {
  return async function* (identifier) {
    signal.throwIfAborted();
    let found = 0;
    for await (const response of cFind(association, { sopClassUid, identifier, signal })) {
      if (response.identifier !== undefined && !response.isFinal) {
        found += 1;
        yield response.identifier;
      }
      if (!response.isFinal) continue;
      const level = identifier.getString(QUERY_RETRIEVE_LEVEL) ?? "";
      log.verbose(`C-FIND at ${level} level: ${found} found (${formatStatus(response.status)})`);
      if (statusCategory(response.status) === "failure") {
        log.verbose(`The peer says: ${describeStatus(response.status, "C-FIND")}`);
      }
    }
  };
}

function reasonWhy(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `The archive does not tell what it holds: ${message}`;
}

/** A query for each series: of more, nobody waits for the end. */
const THOROUGH_LIMIT = 100_000;
const LEVELS: readonly QueryLevel[] = ["PATIENT", "STUDY", "SERIES", "IMAGE"];
const QUERY_RETRIEVE_LEVEL = 0x00080052;
