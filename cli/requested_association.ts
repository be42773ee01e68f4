/**
 * Requests the association that a tool works on, so that Ctrl-C and the log have their part in it.
 *
 * @module
 */

import type { Association } from "../lib/net/association.ts";
import { associate, type AssociateOptions } from "../lib/net/requestor.ts";
import type { Observer } from "../lib/net/observer.ts";
import type { UserIdentity } from "../lib/pdu/pdu.ts";
import { requestorLog } from "./association_log.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { ToolLog } from "./log.ts";
import type { RequestorChoice } from "./requestor.ts";

/** What the tool works with. */
export interface Requesting {
  readonly interrupt: Interrupt;
  readonly log: ToolLog;
  readonly io: Pick<Io, "clock" | "connect" | "connectPeer">;
  /** Called when there is a connection: what goes wrong from then on is no matter of the address. */
  onConnected(): void;
  /** Also told what happens. */
  readonly observe?: Observer;
}

/** What the tool asks for; the rest follows from its surroundings. */
export type RequestOptions = Omit<AssociateOptions, "clock" | "connect" | "signal" | "observer">;

/**
 * What an association is requested by, but for its presentation contexts.
 *
 * @param choice Whom to call, and by what rules.
 * @param userIdentity Who the user is, if that is told.
 * @returns The options.
 */
export function requestOptionsOf(
  choice: RequestorChoice,
  userIdentity: UserIdentity | undefined,
): Omit<RequestOptions, "presentationContexts"> {
  const { peer: { hostname, port }, callingAeTitle, calledAeTitle, maximumLength, timeouts } =
    choice;
  return {
    ...{ hostname, port, callingAeTitle, calledAeTitle, maximumLength, timeouts },
    ...(userIdentity ? { userIdentity } : {}),
  };
}

/**
 * Requests an association and works on it. The first Ctrl-C gives up while it is being made; from then
 * on it is the work's to heed, and the second aborts the association. When the work is done or has
 * failed the association is released; should that fail, it is only worth a remark.
 *
 * @param options What to ask for.
 * @param requesting What the tool works with.
 * @param work Works on the association.
 * @returns What the work came to.
 */
export async function withAssociation<T>(
  options: RequestOptions,
  requesting: Requesting,
  work: (association: Association) => Promise<T>,
): Promise<T> {
  const { interrupt, log } = requesting;
  log.info("Requesting Association");
  await using association = await request(options, requesting);
  const abort = (): void => void association.abort();
  interrupt.abort.addEventListener("abort", abort);
  try {
    const result = await work(association);
    await release(association, log);
    return result;
  } finally {
    interrupt.abort.removeEventListener("abort", abort);
  }
}

async function request(
  options: RequestOptions,
  { interrupt, log, io, onConnected, observe }: Requesting,
): Promise<Association> {
  const tell = requestorLog(log);
  const connect = io.connectPeer ?? io.connect;
  const giveUp = new AbortController();
  const stop = (): void => giveUp.abort(interrupt.cancel.reason);
  interrupt.cancel.throwIfAborted();
  interrupt.cancel.addEventListener("abort", stop);
  try {
    return await associate({
      ...options,
      clock: io.clock,
      ...(connect ? { connect } : {}),
      signal: giveUp.signal,
      observer: (event) => {
        if (event.type === "connection-opened") onConnected();
        tell(event);
        observe?.(event);
      },
    });
  } finally {
    interrupt.cancel.removeEventListener("abort", stop);
  }
}

async function release(association: Association, log: ToolLog): Promise<void> {
  log.info("Releasing Association");
  try {
    await association.release();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.warn(`The association was not released: ${message}`);
  }
}
