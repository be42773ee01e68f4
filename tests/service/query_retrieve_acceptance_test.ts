import assert from "node:assert/strict";
import type { Handlers, QueryOptions } from "../../lib/handler/handler.ts";
import {
  answerExtendedNegotiation,
  isOffered,
  negotiatedOptions,
  offeredOperation,
  operationOf,
  selectIdentifierSyntax,
} from "../../lib/service/query_retrieve_acceptance.ts";
import {
  MODALITY_WORKLIST_FIND,
  PATIENT_ROOT_FIND,
  PATIENT_ROOT_GET,
  PATIENT_ROOT_MOVE,
  PATIENT_STUDY_ONLY_FIND,
  PATIENT_STUDY_ONLY_GET,
  PATIENT_STUDY_ONLY_MOVE,
  STUDY_ROOT_FIND,
  STUDY_ROOT_GET,
  STUDY_ROOT_MOVE,
  UNIFIED_PROCEDURE_STEP_PULL,
} from "../../lib/sop_class.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { pure } from "../support/requesting.ts";

async function* nothing(): AsyncGenerator<never> {}
const find = nothing;
const locate = nothing;
const resolveMoveDestination = (): undefined => undefined;

pure("`operationOf()` knows the SOP classes of the information models", () => {
  const cases = {
    "C-FIND": [PATIENT_ROOT_FIND, STUDY_ROOT_FIND, PATIENT_STUDY_ONLY_FIND, MODALITY_WORKLIST_FIND],
    "C-GET": [PATIENT_ROOT_GET, STUDY_ROOT_GET, PATIENT_STUDY_ONLY_GET],
    "C-MOVE": [PATIENT_ROOT_MOVE, STUDY_ROOT_MOVE, PATIENT_STUDY_ONLY_MOVE],
  };
  for (const [operation, uids] of Object.entries(cases)) {
    for (const uid of uids) assert.equal(operationOf(uid), operation);
  }
  for (const uid of [ECHO, CT, UNIFIED_PROCEDURE_STEP_PULL, "1.2.3"]) {
    assert.equal(operationOf(uid), undefined);
  }
});

pure("`isOffered()` wants the methods that an operation takes", () => {
  const cases: [name: string, handlers: Handlers, find: boolean, get: boolean, move: boolean][] = [
    ["nothing", {}, false, false, false],
    ["find", { find }, true, false, false],
    ["locate", { locate }, false, true, false],
    ["destinations", { resolveMoveDestination }, false, false, false],
    ["locate and destinations", { locate, resolveMoveDestination }, false, true, true],
  ];
  for (const [name, handlers, ...offered] of cases) {
    const operations = ["C-FIND", "C-GET", "C-MOVE"] as const;
    assert.deepEqual(operations.map((each) => isOffered(each, handlers)), offered, name);
  }
});

pure("the worklist is offered where handlers say that they find in it", () => {
  const cases: [handlers: Handlers, worklist: boolean, study: boolean][] = [
    [{ find }, false, true],
    [{ find, worklist: false }, false, true],
    [{ find, worklist: true }, true, true],
    [{ worklist: true }, false, false],
  ];
  for (const [handlers, ...offered] of cases) {
    const uids = [MODALITY_WORKLIST_FIND, STUDY_ROOT_FIND];
    assert.deepEqual(
      uids.map((uid) => offeredOperation(uid, handlers)),
      offered.map((isOffered) => isOffered ? "C-FIND" : undefined),
    );
    const negotiated = uids.map((sopClassUid) =>
      answerExtendedNegotiation({ sopClassUid, information: Uint8Array.of(1, 1, 1) }, handlers)
    );
    assert.deepEqual(negotiated.map((answer) => answer !== undefined), offered);
  }
});

pure("`selectIdentifierSyntax()` prefers explicit VR, whatever comes first", () => {
  const big = "1.2.840.10008.1.2.2";
  const deflated = "1.2.840.10008.1.2.1.99";
  const cases: [string[], string | 4][] = [
    [[IMPLICIT, EXPLICIT], EXPLICIT],
    [[big, deflated, IMPLICIT], IMPLICIT],
    [[big, deflated], deflated],
    [[big], big],
    [["1.2.840.10008.1.2.4.50"], 4],
    [[], 4],
  ];
  for (const [proposed, chosen] of cases) assert.equal(selectIdentifierSyntax(proposed), chosen);
});

pure("extended negotiation agrees on what both sides can do, byte by byte", () => {
  const all = { relational: true, combineDateTime: true, foldPersonNames: true };
  const cases: [
    uid: string,
    served: QueryOptions | undefined,
    proposed: number[],
    answered: number[],
    agreed: QueryOptions,
  ][] = [
    [STUDY_ROOT_FIND, all, [1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0], all],
    [STUDY_ROOT_FIND, all, [0, 1], [0, 1], {
      relational: false,
      combineDateTime: true,
      foldPersonNames: false,
    }],
    [STUDY_ROOT_FIND, { foldPersonNames: true }, [1, 1, 1], [0, 0, 1], {
      relational: false,
      combineDateTime: false,
      foldPersonNames: true,
    }],
    [STUDY_ROOT_FIND, undefined, [1, 1, 1], [0, 0, 0], {
      relational: false,
      combineDateTime: false,
      foldPersonNames: false,
    }],
    [STUDY_ROOT_FIND, all, [], [], {
      relational: false,
      combineDateTime: false,
      foldPersonNames: false,
    }],
    [STUDY_ROOT_FIND, all, [2, 255, 1], [0, 0, 1], {
      relational: false,
      combineDateTime: false,
      foldPersonNames: true,
    }],
    [STUDY_ROOT_MOVE, all, [1, 1, 1], [1, 0], { relational: true }],
    [STUDY_ROOT_GET, { combineDateTime: true }, [1], [0], { relational: false }],
  ];
  for (const [sopClassUid, queryOptions, proposed, answered, agreed] of cases) {
    const item = { sopClassUid, information: Uint8Array.from(proposed) };
    const handlers: Handlers = {
      ...{ find, locate, resolveMoveDestination },
      ...(queryOptions && { queryOptions }),
    };
    assert.deepEqual([...answerExtendedNegotiation(item, handlers) ?? []], answered);
    const requestor = {
      ...{ roleSelections: [], commonExtendedNegotiations: [], unknown: [] },
      extendedNegotiations: [item],
    };
    assert.deepEqual(negotiatedOptions(sopClassUid, requestor, queryOptions), agreed);
  }
});

pure("extended negotiation is not answered where nothing is offered", () => {
  for (const sopClassUid of [STUDY_ROOT_FIND, CT]) {
    const item = { sopClassUid, information: Uint8Array.of(1) };
    assert.equal(answerExtendedNegotiation(item, { locate }), undefined);
  }
  assert.deepEqual(negotiatedOptions(CT, undefined, { relational: true }), {});
  assert.deepEqual(negotiatedOptions(STUDY_ROOT_GET, undefined, { relational: true }), {
    relational: false,
  });
});
