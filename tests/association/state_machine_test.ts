import assert from "node:assert/strict";
import { LocalProtocolError } from "../../lib/errors.ts";
import {
  actionFor,
  effectOf,
  EVENTS,
  type MachineEvent,
  type State,
  StateMachine,
  STATES,
} from "../../lib/association/state_machine.ts";

const TABLE = new URL("../../fixtures/standard/state_table.tsv", import.meta.url);

/** PS3.8 tables 9-6 to 9-9, column "next state". */
const NEXT: Readonly<Record<string, State>> = {
  "AE-1": "Sta4",
  "AE-2": "Sta5",
  "AE-3": "Sta6",
  "AE-4": "Sta1",
  "AE-5": "Sta2",
  "AE-6": "Sta3",
  "AE-7": "Sta6",
  "AE-8": "Sta13",
  "DT-1": "Sta6",
  "DT-2": "Sta6",
  "AR-1": "Sta7",
  "AR-2": "Sta8",
  "AR-3": "Sta1",
  "AR-4": "Sta13",
  "AR-5": "Sta1",
  "AR-6": "Sta7",
  "AR-7": "Sta8",
  "AR-8": "Sta9",
  "AR-9": "Sta11",
  "AR-10": "Sta12",
  "AA-1": "Sta13",
  "AA-2": "Sta1",
  "AA-3": "Sta1",
  "AA-4": "Sta1",
  "AA-5": "Sta1",
  "AA-6": "Sta13",
  "AA-7": "Sta13",
  "AA-8": "Sta13",
};

/** How a machine of the role that may be in a state gets there. */
const PATHS: Readonly<
  Record<State, { role: "requestor" | "acceptor"; events: readonly MachineEvent[] }>
> = {
  Sta1: { role: "requestor", events: [] },
  Sta2: { role: "acceptor", events: ["Evt5"] },
  Sta3: { role: "acceptor", events: ["Evt5", "Evt6"] },
  Sta4: { role: "requestor", events: ["Evt1"] },
  Sta5: { role: "requestor", events: ["Evt1", "Evt2"] },
  Sta6: { role: "requestor", events: ["Evt1", "Evt2", "Evt3"] },
  Sta7: { role: "requestor", events: ["Evt1", "Evt2", "Evt3", "Evt11"] },
  Sta8: { role: "acceptor", events: ["Evt5", "Evt6", "Evt7", "Evt12"] },
  Sta9: { role: "requestor", events: ["Evt1", "Evt2", "Evt3", "Evt11", "Evt12"] },
  Sta10: { role: "acceptor", events: ["Evt5", "Evt6", "Evt7", "Evt11", "Evt12"] },
  Sta11: { role: "requestor", events: ["Evt1", "Evt2", "Evt3", "Evt11", "Evt12", "Evt14"] },
  Sta12: { role: "acceptor", events: ["Evt5", "Evt6", "Evt7", "Evt11", "Evt12", "Evt13"] },
  Sta13: { role: "acceptor", events: ["Evt5", "Evt6", "Evt8"] },
};

function machineIn(state: State): StateMachine {
  const { role, events } = PATHS[state];
  const machine = new StateMachine(role);
  for (const event of events) machine.apply(event);
  assert.equal(machine.state, state);
  return machine;
}

Deno.test({
  name: "StateMachine.apply() agrees with PS3.8 table 9-10 in all 13 × 19 cells",
  permissions: { read: true },
  fn(): void {
    const [header, ...rows] = Deno.readTextFileSync(TABLE).trim().split("\n")
      .map((line) => line.split("\t"));
    assert.deepEqual(header?.slice(1), [...STATES]);
    assert.deepEqual(rows.map(([event]) => event), Object.keys(EVENTS));
    let filled = 0;
    let empty = 0;
    for (const [name, ...cells] of rows) {
      const event = name as MachineEvent;
      for (const [column, cell] of cells.entries()) {
        const state = STATES[column] as State;
        const machine = machineIn(state);
        if (cell === ".") {
          empty += 1;
          assert.equal(actionFor(event, state), undefined, `${event} in ${state}`);
          assert.equal(machine.allows(event), false);
          assert.throws(() => machine.apply(event), LocalProtocolError, `${event} in ${state}`);
          assert.equal(machine.state, state);
        } else {
          filled += 1;
          assert.equal(actionFor(event, state), cell, `${event} in ${state}`);
          const effect = machine.apply(event);
          const expected = cell === "AR-8" && machine.role === "acceptor" ? "Sta10" : NEXT[cell];
          assert.equal(effect.next, expected, `${event} in ${state}`);
          assert.equal(machine.state, expected, `${event} in ${state}`);
        }
      }
    }
    assert.deepEqual({ filled, empty }, { filled: 123, empty: 124 });
  },
});

Deno.test({
  name: "effectOf() says what each action sends, indicates, times and closes",
  permissions: "none",
  fn(): void {
    const requestor = { role: "requestor", acceptable: true } as const;
    const cases = [
      ["AE-1", { transport: "connect", next: "Sta4" }],
      ["AE-2", { send: "A-ASSOCIATE-RQ", next: "Sta5" }],
      ["AE-3", { indicate: "A-ASSOCIATE confirmation (accept)", next: "Sta6" }],
      ["AE-4", {
        indicate: "A-ASSOCIATE confirmation (reject)",
        transport: "close",
        next: "Sta1",
      }],
      ["AE-5", { artim: "start", next: "Sta2" }],
      ["AE-6", { artim: "stop", indicate: "A-ASSOCIATE indication", next: "Sta3" }],
      ["AE-7", { send: "A-ASSOCIATE-AC", next: "Sta6" }],
      ["AE-8", { send: "A-ASSOCIATE-RJ", artim: "start", next: "Sta13" }],
      ["DT-1", { send: "P-DATA-TF", next: "Sta6" }],
      ["DT-2", { indicate: "P-DATA indication", next: "Sta6" }],
      ["AR-1", { send: "A-RELEASE-RQ", next: "Sta7" }],
      ["AR-2", { indicate: "A-RELEASE indication", next: "Sta8" }],
      ["AR-3", { indicate: "A-RELEASE confirmation", transport: "close", next: "Sta1" }],
      ["AR-4", { send: "A-RELEASE-RP", artim: "start", next: "Sta13" }],
      ["AR-5", { artim: "stop", next: "Sta1" }],
      ["AR-6", { indicate: "P-DATA indication", next: "Sta7" }],
      ["AR-7", { send: "P-DATA-TF", next: "Sta8" }],
      ["AR-8", { indicate: "A-RELEASE indication", next: "Sta9" }],
      ["AR-9", { send: "A-RELEASE-RP", next: "Sta11" }],
      ["AR-10", { indicate: "A-RELEASE confirmation", next: "Sta12" }],
      ["AA-1", { send: "A-ABORT", artim: "start", next: "Sta13" }],
      ["AA-2", { artim: "stop", transport: "close", next: "Sta1" }],
      ["AA-3", { indicate: "A-ABORT indication", transport: "close", next: "Sta1" }],
      ["AA-4", { indicate: "A-P-ABORT indication", next: "Sta1" }],
      ["AA-5", { artim: "stop", next: "Sta1" }],
      ["AA-6", { next: "Sta13" }],
      ["AA-7", { send: "A-ABORT", next: "Sta13" }],
      ["AA-8", {
        send: "A-ABORT",
        artim: "start",
        indicate: "A-P-ABORT indication",
        next: "Sta13",
      }],
    ] as const;
    for (const [action, expected] of cases) {
      assert.deepEqual(effectOf(action, requestor), expected, action);
    }
  },
});

Deno.test({
  name: "effectOf() rejects in AE-6 when the provider does not accept the request",
  permissions: "none",
  fn(): void {
    assert.deepEqual(effectOf("AE-6", { role: "acceptor", acceptable: false }), {
      send: "A-ASSOCIATE-RJ",
      artim: "start",
      next: "Sta13",
    });
  },
});
