import * as fc from "fast-check";
import type {
  AssociateAcceptPdu,
  AssociateRequestPdu,
  UserInformation,
} from "../../lib/pdu/pdu.ts";

function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const octet = fc.nat(255);
const bytes = fc.uint8Array({ maxLength: 40 });

/** Any single-byte text that does not end in padding, mostly UIDs. */
export const uid: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.nat(99999), { minLength: 2, maxLength: 8 }).map((parts) => parts.join(".")),
  fc.array(octet, { maxLength: 70 }).map((codes) =>
    String.fromCharCode(...codes).replace(/[\0 ]+$/, "")
  ),
);

const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at));

function name(characters: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: 16 })
    .map((chosen) => chosen.join("").trim())
    .filter((text) => text !== "");
}

export const aeTitle: fc.Arbitrary<string> = name(PRINTABLE.filter((one) => one !== "\\"));

/** User information with all that the encoder can say, in the form that the decoder gives it. */
export const userInformation: fc.Arbitrary<UserInformation> = fc.record({
  maximumLength: fc.nat(0xffff_ffff),
  implementationClassUid: uid,
  asynchronousOperationsWindow: record({ invoked: fc.nat(0xffff), performed: fc.nat(0xffff) }),
  implementationVersionName: name(PRINTABLE),
  userIdentity: record({
    type: octet,
    positiveResponseRequested: fc.boolean(),
    primaryField: bytes,
    secondaryField: bytes,
  }),
  userIdentityResponse: bytes,
  roleSelections: fc.uniqueArray(
    record({ sopClassUid: uid, scu: fc.boolean(), scp: fc.boolean() }),
    { selector: ({ sopClassUid }) => sopClassUid, maxLength: 4 },
  ),
  extendedNegotiations: fc.array(record({ sopClassUid: uid, information: bytes }), {
    maxLength: 4,
  }),
  commonExtendedNegotiations: fc.array(
    record({
      sopClassUid: uid,
      serviceClassUid: uid,
      relatedGeneralSopClassUids: fc.array(uid, { maxLength: 4 }),
    }),
    { maxLength: 4 },
  ),
  unknown: fc.array(
    record({ type: octet.filter((type) => type < 0x51 || type > 0x59), data: bytes }),
    { maxLength: 4 },
  ),
}, {
  requiredKeys: [
    "roleSelections",
    "extendedNegotiations",
    "commonExtendedNegotiations",
    "unknown",
  ],
  noNullPrototype: true,
});

const contextIds = fc.uniqueArray(fc.nat(127).map((half) => 2 * half + 1), { maxLength: 128 });

const common = {
  protocolVersion: fc.nat(0xffff),
  calledAeTitle: aeTitle,
  callingAeTitle: aeTitle,
  applicationContext: fc.option(uid, { nil: undefined }),
  userInformation,
};

/** A request that the encoder takes. */
export const associateRequest: fc.Arbitrary<AssociateRequestPdu> = record({
  type: fc.constant("A-ASSOCIATE-RQ" as const),
  ...common,
  presentationContexts: contextIds.chain((ids) =>
    fc.tuple(...ids.map((id) =>
      record({
        id: fc.constant(id),
        abstractSyntaxes: fc.array(uid, { maxLength: 2 }),
        transferSyntaxes: fc.array(uid, { maxLength: 3 }),
      })
    ))
  ),
});

/** An acceptance that the encoder takes. */
export const associateAccept: fc.Arbitrary<AssociateAcceptPdu> = record({
  type: fc.constant("A-ASSOCIATE-AC" as const),
  ...common,
  presentationContexts: contextIds.chain((ids) =>
    fc.tuple(...ids.map((id) =>
      record(
        { id: fc.constant(id), result: octet, transferSyntax: uid },
      )
    ))
  ),
});
