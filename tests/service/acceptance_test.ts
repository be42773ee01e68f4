import assert from "node:assert/strict";
import { associationAccept, negotiatedContexts } from "../../lib/association/negotiation.ts";
import type { Handlers } from "../../lib/handler/handler.ts";
import type { RoleSelection } from "../../lib/pdu/pdu.ts";
import { acceptancePolicy, receivesInstances } from "../../lib/service/acceptance.ts";
import type { StorageAcceptance } from "../../lib/service/storage_acceptance.ts";
import { MODALITY_WORKLIST_FIND } from "../../lib/sop_class.ts";
import { CT, ECHO, EXPLICIT } from "../support/core_pair.ts";
import { queryRequest } from "../support/querying.ts";
import { pure } from "../support/requesting.ts";

const MR = "1.2.840.10008.5.1.4.1.1.4";

async function* nothing(): AsyncGenerator<never> {}
const find = nothing;
const locate = nothing;
const store = (): number => 0;
const resolveMoveDestination = (): undefined => undefined;

const SCP: readonly RoleSelection[] = [{ sopClassUid: CT, scu: false, scp: true }];
const BOTH: readonly RoleSelection[] = [{ sopClassUid: CT, scu: true, scp: true }];
const SCU: readonly RoleSelection[] = [{ sopClassUid: CT, scu: true, scp: false }];
const OTHER: readonly RoleSelection[] = [{ sopClassUid: MR, scu: false, scp: true }];

pure("an acceptor takes what its handlers offer, and the roles that fit", () => {
  // The contexts: Verification, FIND, MOVE, GET, CT twice.
  const cases: [
    name: string,
    handlers: Handlers,
    roleSelections: readonly RoleSelection[],
    results: number[],
    roles: [scu: boolean, scp: boolean] | undefined,
    requireRoleSelection?: boolean,
    storage?: StorageAcceptance,
  ][] = [
    ["nothing", {}, SCP, [0, 3, 3, 3, 3, 3], undefined],
    ["find", { find }, SCP, [0, 0, 3, 3, 3, 3], undefined],
    ["locate, role of SCP", { locate }, SCP, [0, 3, 3, 0, 0, 0], [false, true]],
    ["locate, both roles", { locate }, BOTH, [0, 3, 3, 0, 0, 0], [false, true]],
    ["locate, role of SCU", { locate }, SCU, [0, 3, 3, 0, 3, 3], undefined],
    ["locate, role of another class", { locate }, OTHER, [0, 3, 3, 0, 3, 3], undefined],
    ["locate, no roles", { locate }, [], [0, 3, 3, 0, 0, 0], [true, false]],
    ["locate, no roles, strictly", { locate }, [], [0, 3, 3, 0, 3, 3], undefined, true],
    ["locate and destinations", { locate, resolveMoveDestination }, SCP, [0, 3, 0, 0, 0, 0], [
      false,
      true,
    ]],
    ["destinations alone", { resolveMoveDestination }, SCP, [0, 3, 3, 3, 3, 3], undefined],
    ["store, role of SCU", { store }, SCU, [0, 3, 3, 3, 0, 0], [true, false]],
    ["store, no roles", { store }, [], [0, 3, 3, 3, 0, 0], [true, false]],
    ["store, both roles", { store }, BOTH, [0, 3, 3, 3, 0, 0], [true, false]],
    ["store and locate, both roles", { store, locate }, BOTH, [0, 3, 3, 0, 0, 0], [true, true]],
    ["store and locate, role of SCP", { store, locate }, SCP, [0, 3, 3, 0, 0, 0], [false, true]],
    [
      "store of others and locate, both roles",
      { store, locate },
      BOTH,
      [0, 3, 3, 0, 0, 0],
      [false, true],
      false,
      { sopClasses: [MR] },
    ],
    [
      "store of others and locate, role of SCU",
      { store, locate },
      SCU,
      [0, 3, 3, 0, 3, 3],
      undefined,
      false,
      { sopClasses: [MR] },
    ],
  ];
  for (
    const [name, handlers, roleSelections, results, roles, strict = false, storage = {}] of cases
  ) {
    const request = queryRequest({ roleSelections });
    const policy = acceptancePolicy(request, {
      ...{ handlers, storage, requireRoleSelection: strict, maximumLength: 0 },
    });
    const accept = associationAccept(request, policy);
    assert.deepEqual(accept.presentationContexts.map(({ result }) => result), results, name);
    const { accepted } = negotiatedContexts(request, accept);
    for (const { abstractSyntax, requestorIsScu, requestorIsScp, transferSyntax } of accepted) {
      if (abstractSyntax === CT) assert.deepEqual([requestorIsScu, requestorIsScp], roles, name);
      else assert.deepEqual([requestorIsScu, requestorIsScp], [true, false], name);
      if (abstractSyntax !== CT && abstractSyntax !== ECHO) assert.equal(transferSyntax, EXPLICIT);
    }
  }
});

pure("no role is answered that was not proposed (PS3.7 section D.3.3.4)", () => {
  const request = queryRequest({
    roleSelections: [...SCP, { sopClassUid: ECHO, scu: true, scp: true }],
  });
  const options = { storage: {}, requireRoleSelection: false, maximumLength: 0 };
  const policy = acceptancePolicy(request, { ...options, handlers: { locate } });
  assert.deepEqual(associationAccept(request, policy).userInformation.roleSelections, [
    { sopClassUid: CT, scu: false, scp: true },
    { sopClassUid: ECHO, scu: true, scp: false },
  ]);
});

pure("`receivesInstances()` sends nobody instances who proposes no C-GET", () => {
  const request = queryRequest({
    presentationContexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
  });
  assert.equal(receivesInstances(request, { locate }, false)(CT), false);
  assert.equal(receivesInstances(queryRequest(), { locate }, false)(CT), true);
  assert.equal(receivesInstances(queryRequest(), { locate }, false)(MR), false);
});

pure("the worklist is not supported where handlers find in other models alone", () => {
  for (const [handlers, result] of [[{ find }, 3], [{ find, worklist: true }, 0]] as const) {
    const { presentationContexts: [context] } = associationAccept(
      queryRequest({
        presentationContexts: [
          { abstractSyntax: MODALITY_WORKLIST_FIND, transferSyntaxes: [EXPLICIT] },
        ],
      }),
      acceptancePolicy(queryRequest(), {
        ...{ handlers, storage: {}, requireRoleSelection: false, maximumLength: 0 },
      }),
    );
    assert.equal(context?.result, result);
  }
});

pure("a requestor may have many instances under way, and where it may ask, a few requests", () => {
  const storing = {
    ...queryRequest(),
    presentationContexts: [{ id: 1, abstractSyntaxes: [CT], transferSyntaxes: [EXPLICIT] }],
  };
  for (const [request, operations] of [[storing, 64], [queryRequest(), 4]] as const) {
    const policy = acceptancePolicy(request, {
      handlers: { store, find },
      storage: {},
      requireRoleSelection: false,
      maximumLength: 0,
    });
    assert.equal(policy.operations, operations);
  }
});
