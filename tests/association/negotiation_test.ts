import assert from "node:assert/strict";
import {
  type AcceptancePolicy,
  associationAccept,
  associationRequest,
  negotiatedContexts,
  providerRejection,
  type RequestOptions,
  userRejection,
} from "../../lib/association/negotiation.ts";
import { LocalProtocolError } from "../../lib/errors.ts";
import { encodePdu } from "../../lib/pdu/encoder.ts";
import type {
  AssociateAcceptPdu,
  AssociateRequestPdu,
  RoleSelection,
  UserIdentity,
  UserInformation,
} from "../../lib/pdu/pdu.ts";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../../lib/uid.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT, sampleRequest } from "../support/core_pair.ts";
import { pure } from "../support/requesting.ts";

const POLICY: AcceptancePolicy = {
  select: (_abstractSyntax, [first]) => first ?? 4,
  maximumLength: 32768,
};

const OPTIONS: RequestOptions = {
  callingAeTitle: "LEFT",
  calledAeTitle: "RIGHT",
  presentationContexts: [{ abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] }],
  maximumLength: 16384,
};

function withUser(
  change: Partial<UserInformation>,
  request: AssociateRequestPdu = sampleRequest(),
): AssociateRequestPdu {
  return { ...request, userInformation: { ...request.userInformation, ...change } };
}

pure("`associationRequest()` numbers the contexts 1, 3, 5 in the order given", () => {
  const presentationContexts = Array.from({ length: 128 }, (_, i) => ({
    abstractSyntax: `1.2.${i}`,
    transferSyntaxes: [EXPLICIT, IMPLICIT],
  }));
  const request = associationRequest({ ...OPTIONS, presentationContexts });
  assert.deepEqual(
    request.presentationContexts,
    presentationContexts.map(({ abstractSyntax }, i) => ({
      id: 2 * i + 1,
      abstractSyntaxes: [abstractSyntax],
      transferSyntaxes: [EXPLICIT, IMPLICIT],
    })),
  );
  assert.equal(request.presentationContexts.at(-1)?.id, 255);
});

pure("`associationRequest()` takes 1 to 128 contexts", () => {
  for (const count of [0, 129]) {
    const presentationContexts = Array.from(
      { length: count },
      () => ({ abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] }),
    );
    assert.throws(
      () => associationRequest({ ...OPTIONS, presentationContexts }),
      (error) =>
        error instanceof LocalProtocolError &&
        error.message ===
          `Cannot request an association: ${count} presentation contexts are not 1 to 128`,
    );
  }
});

pure("`associationRequest()` says who we are, and sends optional items only when asked to", () => {
  const plain = associationRequest(OPTIONS);
  assert.deepEqual(plain.userInformation, {
    maximumLength: 16384,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
    roleSelections: [],
    extendedNegotiations: [],
    commonExtendedNegotiations: [],
    unknown: [],
  });
  const userIdentity: UserIdentity = {
    type: 1,
    positiveResponseRequested: true,
    primaryField: Uint8Array.of(98, 111, 98),
    secondaryField: new Uint8Array(0),
  };
  const asynchronousOperationsWindow = { invoked: 4, performed: 0 };
  const roleSelections = [{ sopClassUid: CT, scu: false, scp: true }];
  const extendedNegotiations = [{ sopClassUid: CT, information: Uint8Array.of(1) }];
  const full = associationRequest({
    ...OPTIONS,
    userIdentity,
    asynchronousOperationsWindow,
    roleSelections,
    extendedNegotiations,
  }).userInformation;
  assert.equal(full.userIdentity, userIdentity);
  assert.equal(full.asynchronousOperationsWindow, asynchronousOperationsWindow);
  assert.equal(full.roleSelections, roleSelections);
  assert.equal(full.extendedNegotiations, extendedNegotiations);
});

pure("`providerRejection()` tests bit 0 of the protocol version alone (A1, A2)", () => {
  const cases: [version: number, isRejected: boolean][] = [
    [0, true],
    [1, false],
    [2, true],
    [3, false],
    [0xfffe, true],
    [0xffff, false],
  ];
  for (const [protocolVersion, isRejected] of cases) {
    assert.deepEqual(
      providerRejection({ ...sampleRequest(), protocolVersion }),
      isRejected ? { type: "A-ASSOCIATE-RJ", result: 1, source: 2, reason: 2 } : undefined,
      `${protocolVersion}`,
    );
  }
});

pure("`userRejection()` rejects what no policy can accept, in the order of PS3.8", () => {
  const request = sampleRequest();
  const cases: [
    name: string,
    change: Partial<AssociateRequestPdu>,
    codes: [number, number, number] | undefined,
  ][] = [
    ["a good one", {}, undefined],
    ["A3 wrong application context", { applicationContext: "1.2.840.10008.3.1.1.2" }, [1, 1, 2]],
    ["A4 no application context", { applicationContext: undefined }, [1, 1, 2]],
    ["A6 no presentation context", { presentationContexts: [] }, [1, 2, 1]],
    ["A22 no user information", {
      userInformation: {
        roleSelections: [],
        extendedNegotiations: [],
        commonExtendedNegotiations: [],
        unknown: [],
      },
    }, undefined],
    ["A23 maximum length 0", withUser({ maximumLength: 0 }), undefined],
    ["A24 maximum length 1", withUser({ maximumLength: 1 }), [1, 1, 1]],
    ["A24 maximum length 7", withUser({ maximumLength: 7 }), [1, 1, 1]],
    ["maximum length 8", withUser({ maximumLength: 8 }), undefined],
    ["A27 called AE title of spaces", { calledAeTitle: "" }, [1, 1, 7]],
    ["A27 calling AE title of spaces", { callingAeTitle: "" }, [1, 1, 3]],
    ["A29 NUL in the called AE title", { calledAeTitle: "A\0B" }, [1, 1, 7]],
    ["A29 control character", { callingAeTitle: "A\x1b[2J" }, [1, 1, 3]],
    ["A29 DEL", { callingAeTitle: "A\x7f" }, [1, 1, 3]],
    ["A29 not ASCII", { calledAeTitle: "ÄE" }, [1, 1, 7]],
    ["A29 backslash", { callingAeTitle: "A\\B" }, [1, 1, 3]],
    ["16 characters", { calledAeTitle: "ABCDEFGHIJKLMNOP" }, undefined],
    ["17 characters", { calledAeTitle: "ABCDEFGHIJKLMNOPQ" }, [1, 1, 7]],
    ["spaces inside", { calledAeTitle: "A B" }, undefined],
    ["A31 what looks like a path", { callingAeTitle: "../../etc/x" }, undefined],
    ["first the application context", {
      applicationContext: "1.2",
      calledAeTitle: "",
      presentationContexts: [],
    }, [1, 1, 2]],
    ["the called before the calling title", { calledAeTitle: "", callingAeTitle: "" }, [1, 1, 7]],
  ];
  for (const [name, change, codes] of cases) {
    const reject = userRejection({ ...request, ...change });
    assert.deepEqual(reject && [reject.result, reject.source, reject.reason], codes, name);
  }
});

pure("`associationAccept()` answers every context in order, by the policy and 9.3.2.2", () => {
  const seen: [string, readonly string[]][] = [];
  const choices: Record<string, string | 1 | 3 | 4> = {
    "1.1": EXPLICIT,
    "1.2": 1,
    "1.3": 3,
    "1.4": 4,
    "1.5": "1.2.3.4",
    "1.6": 4,
  };
  const policy: AcceptancePolicy = {
    maximumLength: 0,
    select(abstractSyntax, transferSyntaxes) {
      seen.push([abstractSyntax, transferSyntaxes]);
      return choices[abstractSyntax] ?? 3;
    },
  };
  const proposal = [IMPLICIT, EXPLICIT];
  const cases: [
    name: string,
    abstractSyntaxes: string[],
    transferSyntaxes: string[],
    result: number,
    transferSyntax: string,
  ][] = [
    ["accepted", ["1.1"], proposal, 0, EXPLICIT],
    ["user rejection", ["1.2"], proposal, 1, IMPLICIT],
    ["abstract syntax", ["1.3"], proposal, 3, IMPLICIT],
    ["transfer syntaxes", ["1.4"], proposal, 4, IMPLICIT],
    ["a choice that was not proposed", ["1.5"], proposal, 4, IMPLICIT],
    ["A10 no transfer syntax", ["1.6"], [], 4, ""],
    ["A11 no abstract syntax", [], proposal, 3, IMPLICIT],
    ["A12 two abstract syntaxes", ["1.1", "1.1"], proposal, 2, IMPLICIT],
  ];
  const accept = associationAccept({
    ...sampleRequest(),
    presentationContexts: cases.map(([, abstractSyntaxes, transferSyntaxes], i) => ({
      id: 2 * i + 101,
      abstractSyntaxes,
      transferSyntaxes,
    })),
  }, policy);
  assert.equal(accept.presentationContexts.length, cases.length);
  for (const [i, [name, , , result, transferSyntax]] of cases.entries()) {
    assert.deepEqual(
      accept.presentationContexts[i],
      { id: 2 * i + 101, result, transferSyntax },
      name,
    );
  }
  // A context that breaks the rules is no matter of policy.
  assert.deepEqual(seen.map(([uid]) => uid), ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]);
  assert.deepEqual(seen[0]?.[1], proposal);
});

pure("`associationAccept()` repeats the titles and says who we are", () => {
  const accept = associationAccept(sampleRequest(), POLICY);
  assert.deepEqual(
    [accept.calledAeTitle, accept.callingAeTitle, accept.protocolVersion],
    ["RIGHT", "LEFT", 1],
  );
  assert.deepEqual(accept.userInformation, {
    maximumLength: 32768,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
    roleSelections: [],
    extendedNegotiations: [],
    commonExtendedNegotiations: [],
    unknown: [],
  });
});

/** What is proposed to be invoked, what the policy allows, what is answered. */
const WINDOWS:
  readonly (readonly [proposed: number, allowed: number | undefined, agreed: number])[] = [
    [0, undefined, 1],
    [1, undefined, 1],
    [8, undefined, 1],
    [65535, undefined, 1],
    [0, 4, 4],
    [1, 4, 1],
    [3, 4, 3],
    [4, 4, 4],
    [5, 4, 4],
    [65535, 4, 4],
    [7, 0, 7],
    [0, 0, 0],
  ];

for (const [invoked, operations, agreed] of WINDOWS) {
  pure(
    `a window of ${invoked} is answered with ${agreed} where ${operations} are allowed (A39)`,
    () => {
      const policy = operations === undefined ? POLICY : { ...POLICY, operations };
      for (const performed of [0, 1, 65535]) {
        const request = withUser({ asynchronousOperationsWindow: { invoked, performed } });
        const accept = associationAccept(request, policy);
        assert.deepEqual(accept.userInformation.asynchronousOperationsWindow, {
          invoked: agreed,
          performed: 1,
        });
        assert.equal(negotiatedContexts(request, accept).operations, agreed);
      }
    },
  );
}

pure("there is one operation at a time unless both sides have said more", () => {
  const window = { asynchronousOperationsWindow: { invoked: 8, performed: 8 } };
  const proposing = withUser(window);
  const silent = associationAccept(sampleRequest(), { ...POLICY, operations: 4 });
  assert.equal(silent.userInformation.asynchronousOperationsWindow, undefined);
  assert.equal(negotiatedContexts(proposing, silent).operations, 1);
  // Nobody has asked it.
  const answering = associationAccept(proposing, { ...POLICY, operations: 4 });
  assert.equal(negotiatedContexts(sampleRequest(), answering).operations, 1);
  // More than was proposed is not for us to use.
  const { userInformation } = answering;
  const excessive = { ...answering, userInformation: { ...userInformation, ...window } };
  const modest = withUser({ asynchronousOperationsWindow: { invoked: 2, performed: 1 } });
  assert.equal(negotiatedContexts(modest, excessive).operations, 2);
});

pure("`associationAccept()` sends a user identity response only where one is due", () => {
  const identity: UserIdentity = {
    type: 1,
    positiveResponseRequested: true,
    primaryField: Uint8Array.of(98),
    secondaryField: new Uint8Array(0),
  };
  const response = Uint8Array.of(1, 2);
  const cases: [
    name: string,
    identity: UserIdentity | undefined,
    given: Uint8Array | undefined,
    sent: Uint8Array | undefined,
  ][] = [
    ["asked and given", identity, response, response],
    ["asked, empty", identity, new Uint8Array(0), new Uint8Array(0)],
    ["asked, not given", identity, undefined, undefined],
    ["not asked", { ...identity, positiveResponseRequested: false }, response, undefined],
    ["no identity", undefined, response, undefined],
  ];
  for (const [name, userIdentity, given, sent] of cases) {
    const request = userIdentity ? withUser({ userIdentity }) : sampleRequest();
    const { userInformation } = associationAccept(request, POLICY, given);
    assert.deepEqual(userInformation.userIdentityResponse, sent, name);
    assert.equal(userInformation.userIdentity, undefined, name);
  }
});

pure("`associationAccept()` answers the extended negotiations that the policy knows (A33)", () => {
  const request = withUser({
    extendedNegotiations: [
      { sopClassUid: CT, information: Uint8Array.of(3, 0, 3) },
      { sopClassUid: ECHO, information: Uint8Array.of(1) },
      { sopClassUid: "1.2.3", information: new Uint8Array(60_000) },
    ],
  });
  assert.deepEqual(
    associationAccept(request, POLICY).userInformation.extendedNegotiations,
    [],
  );
  const asked: string[] = [];
  const policy: AcceptancePolicy = {
    ...POLICY,
    extendedNegotiation({ sopClassUid, information }) {
      asked.push(sopClassUid);
      return sopClassUid === CT ? information.subarray(0, 1) : undefined;
    },
  };
  assert.deepEqual(
    associationAccept(request, policy).userInformation.extendedNegotiations,
    [{ sopClassUid: CT, information: Uint8Array.of(3) }],
  );
  // The class that was not proposed is not asked for.
  assert.deepEqual(asked, [CT, ECHO]);
});

pure("`associationAccept()` never sends what was for the acceptor only", () => {
  const request = withUser({
    commonExtendedNegotiations: [
      { sopClassUid: CT, serviceClassUid: "1.2", relatedGeneralSopClassUids: [] },
    ],
    unknown: [{ type: 0xff, data: new Uint8Array(3) }],
  });
  const { userInformation } = associationAccept(request, POLICY);
  assert.deepEqual(userInformation.commonExtendedNegotiations, []);
  assert.deepEqual(userInformation.unknown, []);
});

pure(
  "`associationAccept()` gives an answer that can be encoded, whatever was proposed (A14)",
  () => {
    const cases: [name: string, request: AssociateRequestPdu][] = [
      ["128 contexts", {
        ...sampleRequest(),
        presentationContexts: Array.from({ length: 128 }, (_, i) => ({
          id: 2 * i + 1,
          abstractSyntaxes: [ECHO],
          transferSyntaxes: [IMPLICIT],
        })),
      }],
      ["a transfer syntax of 65,000 characters", {
        ...sampleRequest(),
        presentationContexts: [
          { id: 1, abstractSyntaxes: ["1.2"], transferSyntaxes: ["1".repeat(65_000)] },
        ],
      }],
    ];
    for (const [name, request] of cases) {
      const accept = associationAccept(request, { ...POLICY, select: () => 3 });
      assert.equal(accept.presentationContexts.length, request.presentationContexts.length, name);
      assert.ok(encodePdu(accept).byteLength > 68, name);
    }
  },
);

type Roles = readonly [scu: boolean, scp: boolean] | undefined;

/** The request and its answer for CT with roles, as they come on the wire. */
function negotiation(proposed: Roles, answered: Roles): [AssociateRequestPdu, AssociateAcceptPdu] {
  const items = (roles: Roles): RoleSelection[] =>
    roles ? [{ sopClassUid: CT, scu: roles[0], scp: roles[1] }] : [];
  const request = withUser({ roleSelections: items(proposed) });
  const accept = associationAccept(request, POLICY);
  return [request, {
    ...accept,
    userInformation: { ...accept.userInformation, roleSelections: items(answered) },
  }];
}

pure("`negotiatedContexts()` reads the roles by PS3.7 table D.3-10, every row", () => {
  const scu = [true, false] as const;
  const scp = [false, true] as const;
  const both = [true, true] as const;
  const none = [false, false] as const;
  const cases: [proposed: Roles, answered: Roles, isScu: boolean, isScp: boolean][] = [
    [undefined, undefined, true, false],
    [scu, undefined, true, false],
    [undefined, scu, true, false],
    [scu, scu, true, false],
    [scp, scp, false, true],
    [both, both, true, true],
    [both, scu, true, false],
    [both, scp, false, true],
    [scu, none, false, false],
    [scp, none, false, false],
    [both, none, false, false],
    [scp, undefined, true, false],
    [both, undefined, true, false],
    // An acceptor cannot give what was not proposed (A40).
    [undefined, both, true, false],
    [scu, both, true, false],
    [scp, both, false, true],
    [scu, scp, false, false],
    [none, both, false, false],
  ];
  for (const [proposed, answered, requestorIsScu, requestorIsScp] of cases) {
    const { accepted } = negotiatedContexts(...negotiation(proposed, answered));
    const [echo, ct] = accepted;
    assert.deepEqual(
      [ct?.requestorIsScu, ct?.requestorIsScp],
      [requestorIsScu, requestorIsScp],
      `${proposed} answered ${answered}`,
    );
    // The roles of one SOP class are not those of another.
    assert.deepEqual([echo?.requestorIsScu, echo?.requestorIsScp], [true, false]);
  }
});

pure("`associationAccept()` gives the roles that both sides want (A32)", () => {
  const cases: [proposed: RoleSelection[], expected: RoleSelection[]][] = [
    [[], []],
    [[{ sopClassUid: CT, scu: true, scp: true }], [{ sopClassUid: CT, scu: true, scp: true }]],
    [[{ sopClassUid: CT, scu: false, scp: true }], [{ sopClassUid: CT, scu: false, scp: true }]],
    [[{ sopClassUid: CT, scu: false, scp: false }], [{ sopClassUid: CT, scu: false, scp: false }]],
    [[{ sopClassUid: "1.2.3", scu: true, scp: true }], []],
    [[{ sopClassUid: ECHO, scu: true, scp: true }], [{ sopClassUid: ECHO, scu: true, scp: false }]],
  ];
  const policy: AcceptancePolicy = {
    ...POLICY,
    roles: (sopClassUid) => ({ scu: true, scp: sopClassUid === CT }),
  };
  for (const [roleSelections, expected] of cases) {
    const accept = associationAccept(withUser({ roleSelections }), policy);
    assert.deepEqual(accept.userInformation.roleSelections, expected);
  }
  const byDefault = associationAccept(
    withUser({ roleSelections: [{ sopClassUid: CT, scu: true, scp: true }] }),
    POLICY,
  );
  assert.deepEqual(byDefault.userInformation.roleSelections, [
    { sopClassUid: CT, scu: true, scp: false },
  ]);
});

pure(
  "`negotiatedContexts()` takes only what was proposed, and the first answer of two (U8)",
  () => {
    const request: AssociateRequestPdu = {
      ...sampleRequest(),
      presentationContexts: [1, 3, 5, 7, 9].map((id) => ({
        id,
        abstractSyntaxes: [`1.2.${id}`],
        transferSyntaxes: [IMPLICIT, EXPLICIT],
      })),
    };
    const accept: AssociateAcceptPdu = {
      ...associationAccept(request, POLICY),
      presentationContexts: [
        { id: 11, result: 0, transferSyntax: IMPLICIT },
        { id: 3, result: 0, transferSyntax: EXPLICIT },
        { id: 3, result: 4, transferSyntax: "" },
        { id: 5, result: 0, transferSyntax: "1.2.840.10008.1.2.2" },
        { id: 7, result: 9, transferSyntax: IMPLICIT },
        { id: 9, result: 0, transferSyntax: "" },
      ],
    };
    const { accepted, rejected } = negotiatedContexts(request, accept);
    assert.deepEqual(accepted, [{
      id: 3,
      abstractSyntax: "1.2.3",
      transferSyntax: EXPLICIT,
      requestorIsScu: true,
      requestorIsScp: false,
    }]);
    assert.deepEqual(rejected.map(({ id, result, reason }) => [id, result, reason]), [
      [1, 2, "rejected, no reason given"],
      [5, 0, "the acceptor answered with a transfer syntax that was not proposed"],
      [7, 9, "rejected with the undefined result 9"],
      [9, 0, "the acceptor answered with a transfer syntax that was not proposed"],
    ]);
    assert.deepEqual(rejected[0]?.transferSyntaxes, [IMPLICIT, EXPLICIT]);
  },
);
