/**
 * The DICOM Upper Layer protocol machine (PS3.8 section 9.2) as one table.
 *
 * Everything that changes the state is in this file. The table says which action an event causes in
 * a state; an action says what to send, what to do with ARTIM, what to indicate to the user, whether
 * to close the transport, and the next state. Who carries that out is the association core.
 *
 * @module
 */

import { LocalProtocolError } from "../errors.ts";

/** The states of PS3.8 tables 9-1 to 9-5. */
export const STATES = [
  "Sta1",
  "Sta2",
  "Sta3",
  "Sta4",
  "Sta5",
  "Sta6",
  "Sta7",
  "Sta8",
  "Sta9",
  "Sta10",
  "Sta11",
  "Sta12",
  "Sta13",
] as const;

/** A state of the protocol machine. */
export type State = (typeof STATES)[number];

/** The rows of PS3.8 table 9-10, each with what it means. */
export const EVENTS = {
  Evt1: "A-ASSOCIATE request (local user)",
  Evt2: "transport connection confirmed",
  Evt3: "A-ASSOCIATE-AC received",
  Evt4: "A-ASSOCIATE-RJ received",
  Evt5: "transport connection indication",
  Evt6: "A-ASSOCIATE-RQ received",
  Evt7: "A-ASSOCIATE response, accept (local user)",
  Evt8: "A-ASSOCIATE response, reject (local user)",
  Evt9: "P-DATA request (local user)",
  Evt10: "P-DATA-TF received",
  Evt11: "A-RELEASE request (local user)",
  Evt12: "A-RELEASE-RQ received",
  Evt13: "A-RELEASE-RP received",
  Evt14: "A-RELEASE response (local user)",
  Evt15: "A-ABORT request (local user)",
  Evt16: "A-ABORT received",
  Evt17: "transport connection closed",
  Evt18: "ARTIM timer expired",
  Evt19: "unrecognized or invalid PDU received",
} as const;

/** An event of the protocol machine. */
export type MachineEvent = keyof typeof EVENTS;

/** What the machine tells the service user. */
export type Indication =
  | "A-ASSOCIATE indication"
  | "A-ASSOCIATE confirmation (accept)"
  | "A-ASSOCIATE confirmation (reject)"
  | "P-DATA indication"
  | "A-RELEASE indication"
  | "A-RELEASE confirmation"
  | "A-ABORT indication"
  | "A-P-ABORT indication";

/** What an action does (PS3.8 tables 9-6 to 9-9). */
export interface ActionEffect {
  /** The PDU to send. The A-ABORT of AA-1 has source 0, that of AA-7 and AA-8 source 2. */
  readonly send?:
    | "A-ASSOCIATE-RQ"
    | "A-ASSOCIATE-AC"
    | "A-ASSOCIATE-RJ"
    | "P-DATA-TF"
    | "A-RELEASE-RQ"
    | "A-RELEASE-RP"
    | "A-ABORT";
  /** What to do with the ARTIM timer (PS3.8 section 9.1.5); absent: let it be. */
  readonly artim?: "start" | "stop";
  /** What to tell the service user; absent: nothing. */
  readonly indicate?: Indication;
  /** Whether the transport is to be opened or closed. */
  readonly transport?: "connect" | "close";
  /** The state after the action. */
  readonly next: State;
}

/** What the two-way actions, AE-6 and AR-8, depend on. */
export interface ActionCondition {
  /** The association role, not who asked for the release. */
  readonly role: "requestor" | "acceptor";
  /** Whether the service-provider finds the A-ASSOCIATE-RQ acceptable: its protocol version. */
  readonly acceptable: boolean;
}

/** An action of PS3.8 tables 9-6 to 9-9. */
export type Action =
  | "AE-1"
  | "AE-2"
  | "AE-3"
  | "AE-4"
  | "AE-5"
  | "AE-6"
  | "AE-7"
  | "AE-8"
  | "DT-1"
  | "DT-2"
  | "AR-1"
  | "AR-2"
  | "AR-3"
  | "AR-4"
  | "AR-5"
  | "AR-6"
  | "AR-7"
  | "AR-8"
  | "AR-9"
  | "AR-10"
  | "AA-1"
  | "AA-2"
  | "AA-3"
  | "AA-4"
  | "AA-5"
  | "AA-6"
  | "AA-7"
  | "AA-8";

type Effect = ActionEffect | ((condition: ActionCondition) => ActionEffect);

const ACTIONS = {
  "AE-1": { transport: "connect", next: "Sta4" },
  "AE-2": { send: "A-ASSOCIATE-RQ", next: "Sta5" },
  "AE-3": { indicate: "A-ASSOCIATE confirmation (accept)", next: "Sta6" },
  "AE-4": { indicate: "A-ASSOCIATE confirmation (reject)", transport: "close", next: "Sta1" },
  "AE-5": { artim: "start", next: "Sta2" },
  "AE-6": ({ acceptable }: ActionCondition): ActionEffect =>
    acceptable
      ? { artim: "stop", indicate: "A-ASSOCIATE indication", next: "Sta3" }
      : { send: "A-ASSOCIATE-RJ", artim: "start", next: "Sta13" },
  "AE-7": { send: "A-ASSOCIATE-AC", next: "Sta6" },
  "AE-8": { send: "A-ASSOCIATE-RJ", artim: "start", next: "Sta13" },
  "DT-1": { send: "P-DATA-TF", next: "Sta6" },
  "DT-2": { indicate: "P-DATA indication", next: "Sta6" },
  "AR-1": { send: "A-RELEASE-RQ", next: "Sta7" },
  "AR-2": { indicate: "A-RELEASE indication", next: "Sta8" },
  "AR-3": { indicate: "A-RELEASE confirmation", transport: "close", next: "Sta1" },
  "AR-4": { send: "A-RELEASE-RP", artim: "start", next: "Sta13" },
  "AR-5": { artim: "stop", next: "Sta1" },
  "AR-6": { indicate: "P-DATA indication", next: "Sta7" },
  "AR-7": { send: "P-DATA-TF", next: "Sta8" },
  "AR-8": ({ role }: ActionCondition): ActionEffect => ({
    indicate: "A-RELEASE indication",
    next: role === "requestor" ? "Sta9" : "Sta10",
  }),
  "AR-9": { send: "A-RELEASE-RP", next: "Sta11" },
  "AR-10": { indicate: "A-RELEASE confirmation", next: "Sta12" },
  "AA-1": { send: "A-ABORT", artim: "start", next: "Sta13" },
  "AA-2": { artim: "stop", transport: "close", next: "Sta1" },
  "AA-3": { indicate: "A-ABORT indication", transport: "close", next: "Sta1" },
  "AA-4": { indicate: "A-P-ABORT indication", next: "Sta1" },
  "AA-5": { artim: "stop", next: "Sta1" },
  "AA-6": { next: "Sta13" },
  "AA-7": { send: "A-ABORT", next: "Sta13" },
  "AA-8": {
    send: "A-ABORT",
    artim: "start",
    indicate: "A-P-ABORT indication",
    next: "Sta13",
  },
} as const satisfies Record<Action, Effect>;

/**
 * PS3.8 table 9-10: one line an event, one column a state from Sta1 to Sta13. A dot is an empty
 * cell: it cannot happen, or is the local user's mistake.
 */
const TABLE: Readonly<Record<MachineEvent, string>> = {
  Evt1: " AE-1 .    .    .    .    .    .    .    .    .     .    .    .    ",
  Evt2: " .    .    .    AE-2 .    .    .    .    .    .     .    .    .    ",
  Evt3: " .    AA-1 AA-8 .    AE-3 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-6 ",
  Evt4: " .    AA-1 AA-8 .    AE-4 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-6 ",
  Evt5: " AE-5 .    .    .    .    .    .    .    .    .     .    .    .    ",
  Evt6: " .    AE-6 AA-8 .    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-7 ",
  Evt7: " .    .    AE-7 .    .    .    .    .    .    .     .    .    .    ",
  Evt8: " .    .    AE-8 .    .    .    .    .    .    .     .    .    .    ",
  Evt9: " .    .    .    .    .    DT-1 .    AR-7 .    .     .    .    .    ",
  Evt10: ".    AA-1 AA-8 .    AA-8 DT-2 AR-6 AA-8 AA-8 AA-8  AA-8 AA-8 AA-6 ",
  Evt11: ".    .    .    .    .    AR-1 .    .    .    .     .    .    .    ",
  Evt12: ".    AA-1 AA-8 .    AA-8 AR-2 AR-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-6 ",
  Evt13: ".    AA-1 AA-8 .    AA-8 AA-8 AR-3 AA-8 AA-8 AR-10 AR-3 AA-8 AA-6 ",
  Evt14: ".    .    .    .    .    .    .    AR-4 AR-9 .     .    AR-4 .    ",
  Evt15: ".    .    AA-1 AA-2 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1  AA-1 AA-1 .    ",
  Evt16: ".    AA-2 AA-3 .    AA-3 AA-3 AA-3 AA-3 AA-3 AA-3  AA-3 AA-3 AA-2 ",
  Evt17: ".    AA-5 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4  AA-4 AA-4 AR-5 ",
  Evt18: ".    AA-2 .    .    .    .    .    .    .    .     .    .    AA-2 ",
  Evt19: ".    AA-1 AA-8 .    AA-8 AA-8 AA-8 AA-8 AA-8 AA-8  AA-8 AA-8 AA-7 ",
};

function isAction(name: string): name is Action {
  return Object.hasOwn(ACTIONS, name);
}

/** By event and state: asked for each PDU. */
const CELLS: ReadonlyMap<string, ReadonlyMap<string | undefined, Action>> = new Map(
  Object.entries(TABLE).map(([event, line]) => {
    const cells = line.trim().split(/\s+/).flatMap((cell, column) =>
      isAction(cell) ? [[STATES[column], cell] as const] : []
    );
    return [event, new Map(cells)];
  }),
);

/**
 * The action that an event causes in a state.
 *
 * @param event The event.
 * @param state The state.
 * @returns The action, or `undefined` for an empty cell of PS3.8 table 9-10.
 *
 * @example
 * ```ts
 * import { actionFor } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(actionFor("Evt10", "Sta6"), "DT-2");
 * assert.equal(actionFor("Evt9", "Sta5"), undefined);
 * ```
 */
export function actionFor(event: MachineEvent, state: State): Action | undefined {
  return CELLS.get(event)?.get(state);
}

/**
 * What an action does.
 *
 * @param action The action.
 * @param condition What the two-way actions depend on.
 * @returns What to send, indicate and time, and the next state.
 *
 * @example
 * ```ts
 * import { effectOf } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const effect = effectOf("AR-8", { role: "acceptor", acceptable: true });
 * assert.equal(effect.next, "Sta10");
 * ```
 */
export function effectOf(action: Action, condition: ActionCondition): ActionEffect {
  const effect: Effect = ACTIONS[action];
  return typeof effect === "function" ? effect(condition) : effect;
}

/**
 * The state of one association, changed by events alone.
 *
 * @example
 * ```ts
 * import { StateMachine } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const machine = new StateMachine("acceptor");
 * assert.equal(machine.apply("Evt5").artim, "start");
 * assert.equal(machine.state, "Sta2");
 * ```
 */
export class StateMachine {
  /** The association role. */
  readonly role: "requestor" | "acceptor";
  #state: State = "Sta1";

  /**
   * Makes a machine in Sta1, idle.
   *
   * @param role The association role.
   */
  constructor(role: "requestor" | "acceptor") {
    this.role = role;
  }

  /** The present state. */
  get state(): State {
    return this.#state;
  }

  /**
   * Whether an event may happen now.
   *
   * @param event The event.
   * @returns False for an empty cell.
   */
  allows(event: MachineEvent): boolean {
    return actionFor(event, this.#state) !== undefined;
  }

  /**
   * Makes the transition that an event causes.
   *
   * @param event The event.
   * @param acceptable For Evt6: whether the service-provider finds the request acceptable.
   * @returns What the action does.
   * @throws {LocalProtocolError} For an empty cell; the state stays as it is.
   */
  apply(event: MachineEvent, acceptable = true): ActionEffect {
    const action = actionFor(event, this.#state);
    if (action === undefined) {
      throw new LocalProtocolError(
        `Cannot handle ${event} (${EVENTS[event]}) in ${this.#state}: no transition is defined`,
      );
    }
    const effect = effectOf(action, { role: this.role, acceptable });
    this.#state = effect.next;
    return effect;
  }
}
