import assert from "node:assert/strict";
import {
  selectTransferSyntax,
  type StorageAcceptance,
} from "../../lib/service/storage_acceptance.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";

const MR = "1.2.840.10008.5.1.4.1.1.4";
const PRIVATE_CLASS = "1.3.46.670589.11.0.0.12.1";
const JPEG = "1.2.840.10008.1.2.4.70";
const FUTURE_SYNTAX = "1.2.840.10008.1.2.4.999";
const PRIVATE_SYNTAX = "1.2.3.4";

const CASES: readonly (readonly [
  name: string,
  acceptance: StorageAcceptance | undefined,
  abstractSyntax: string,
  proposed: readonly string[],
  answer: string | 3 | 4,
])[] = [
  ["Verification without storage", undefined, ECHO, [JPEG, IMPLICIT], IMPLICIT],
  ["Verification when nothing of it is allowed", { sopClasses: [] }, ECHO, [EXPLICIT], EXPLICIT],
  ["Verification in a compressed syntax only", {}, ECHO, [JPEG], 4],
  ["storage where nothing is stored", undefined, CT, [EXPLICIT], 3],
  ["the first that is proposed", {}, CT, [JPEG, EXPLICIT], JPEG],
  ["the first that can be read", {}, CT, [PRIVATE_SYNTAX, FUTURE_SYNTAX], FUTURE_SYNTAX],
  ["nothing that can be read", {}, CT, [PRIVATE_SYNTAX], 4],
  ["a private SOP class", {}, PRIVATE_CLASS, [EXPLICIT], EXPLICIT],
  ["a SOP class that is in the list", { sopClasses: [CT] }, CT, [EXPLICIT], EXPLICIT],
  ["a SOP class that is not in the list", { sopClasses: [CT] }, MR, [EXPLICIT], 3],
  ["a private SOP class off the list", { sopClasses: [CT] }, PRIVATE_CLASS, [EXPLICIT], 3],
  ["the one syntax in the list", { transferSyntaxes: [IMPLICIT] }, CT, [JPEG, IMPLICIT], IMPLICIT],
  ["no syntax in the list", { transferSyntaxes: [IMPLICIT] }, CT, [JPEG, EXPLICIT], 4],
  [
    "a private syntax, though it is in the list",
    { transferSyntaxes: [PRIVATE_SYNTAX] },
    CT,
    [PRIVATE_SYNTAX],
    4,
  ],
  [
    "the first that is preferred",
    { preferredTransferSyntaxes: [JPEG, EXPLICIT] },
    CT,
    [IMPLICIT, EXPLICIT, JPEG],
    JPEG,
  ],
  [
    "the first proposed when none is preferred",
    { preferredTransferSyntaxes: [JPEG] },
    CT,
    [IMPLICIT, EXPLICIT],
    IMPLICIT,
  ],
  [
    "a preferred one that is allowed",
    { preferredTransferSyntaxes: [JPEG, EXPLICIT], transferSyntaxes: [IMPLICIT, EXPLICIT] },
    CT,
    [IMPLICIT, JPEG, EXPLICIT],
    EXPLICIT,
  ],
];

for (const [name, acceptance, abstractSyntax, proposed, answer] of CASES) {
  Deno.test({
    name: `selectTransferSyntax() answers ${name} with ${answer}`,
    permissions: "none",
    fn: () => assert.equal(selectTransferSyntax(abstractSyntax, proposed, acceptance), answer),
  });
}
