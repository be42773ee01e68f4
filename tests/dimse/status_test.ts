import assert from "node:assert/strict";
import {
  describeStatus,
  type DimseService,
  formatStatus,
  isLegalStatus,
  STATUS,
  type StatusCategory,
  statusCategory,
} from "../../lib/dimse/status.ts";

const CATEGORIES: readonly [
  first: number,
  last: number,
  category: StatusCategory,
  isLegal: boolean,
][] = [
  [0x0000, 0x0000, "success", true],
  [0x0001, 0x0001, "warning", true],
  [0x0002, 0x00ff, "failure", false],
  [0x0100, 0x0106, "failure", true],
  [0x0107, 0x0107, "warning", true],
  [0x0108, 0x0115, "failure", true],
  [0x0116, 0x0116, "warning", true],
  [0x0117, 0x02ff, "failure", true],
  [0x0300, 0x9fff, "failure", false],
  [0xa000, 0xafff, "failure", true],
  [0xb000, 0xbfff, "warning", true],
  [0xc000, 0xcfff, "failure", true],
  [0xd000, 0xfdff, "failure", false],
  [0xfe00, 0xfe00, "cancel", true],
  [0xfe01, 0xfeff, "failure", false],
  [0xff00, 0xff01, "pending", true],
  [0xff02, 0xffff, "failure", false],
];

Deno.test({
  name: "the table of categories has every status once",
  permissions: "none",
  fn() {
    let next = 0;
    for (const [first, last] of CATEGORIES) {
      assert.equal(first, next);
      next = last + 1;
    }
    assert.equal(next, 0x10000);
  },
});

for (const [first, last, category, isLegal] of CATEGORIES) {
  const range = first === last
    ? formatStatus(first)
    : `${formatStatus(first)} to ${formatStatus(last)}`;
  Deno.test({
    name: `statusCategory() is ${category} for ${range}`,
    permissions: "none",
    fn() {
      for (let status = first; status <= last; status += 1) {
        assert.equal(statusCategory(status), category, formatStatus(status));
      }
    },
  });
  Deno.test({
    name: `isLegalStatus() is ${isLegal} for ${range}`,
    permissions: "none",
    fn() {
      for (let status = first; status <= last; status += 1) {
        assert.equal(isLegalStatus(status), isLegal, formatStatus(status));
      }
    },
  });
}

for (const status of [0x12345, 0x10000, -1, 0.5, 0xb000 + 0.5, NaN, Infinity]) {
  Deno.test({
    name: `isLegalStatus() refuses ${status} (F17)`,
    permissions: "none",
    fn: () => assert.equal(isLegalStatus(status), false),
  });
}

const MEANINGS: readonly [status: number, service: DimseService, meaning: string][] = [
  [0x0000, "C-ECHO", "success"],
  [0x0122, "C-ECHO", "refused: SOP class not supported"],
  [0x0000, "C-STORE", "stored"],
  [0x0117, "C-STORE", "invalid SOP instance"],
  [0xa700, "C-STORE", "refused: out of resources"],
  [0xa7ff, "C-STORE", "refused: out of resources"],
  [0xa801, "C-STORE", "unspecified failure"],
  [0xa900, "C-STORE", "data set does not match SOP class"],
  [0xa9ff, "C-STORE", "data set does not match SOP class"],
  [0xb000, "C-STORE", "warning: coercion of data elements"],
  [0xb001, "C-STORE", "unspecified warning"],
  [0xb006, "C-STORE", "warning: elements discarded"],
  [0xb007, "C-STORE", "warning: data set does not match SOP class"],
  [0xc000, "C-STORE", "cannot understand"],
  [0xcfff, "C-STORE", "cannot understand"],
  [0x0000, "C-FIND", "matching is complete"],
  [0xa700, "C-FIND", "refused: out of resources"],
  [0xa900, "C-FIND", "identifier does not match SOP class"],
  [0xc123, "C-FIND", "unable to process"],
  [0xfe00, "C-FIND", "matching terminated by cancel"],
  [0xff00, "C-FIND", "matches are continuing"],
  [0xff01, "C-FIND", "matches are continuing, one or more optional keys are not supported"],
  [0x0000, "C-MOVE", "all sub-operations complete, no failures or warnings"],
  [0xa701, "C-MOVE", "refused: out of resources, cannot count the matches"],
  [0xa702, "C-MOVE", "refused: out of resources, cannot perform sub-operations"],
  [0xa703, "C-MOVE", "refused: out of resources"],
  [0xa801, "C-MOVE", "refused: move destination unknown"],
  [0xa801, "C-GET", "unspecified failure"],
  [0xa900, "C-GET", "identifier does not match SOP class"],
  [0xaa00, "C-GET", "none of the frames requested were found"],
  [0xaa04, "C-GET", "invalid request"],
  [0xb000, "C-GET", "sub-operations complete, one or more failures or warnings"],
  [0xc000, "C-MOVE", "unable to process"],
  [0xfe00, "C-MOVE", "sub-operations terminated by cancel"],
  [0xff00, "C-GET", "sub-operations are continuing"],
  [0x0110, "C-MOVE", "processing failure"],
  [0x0124, "C-FIND", "refused: not authorized"],
  [0x0210, "C-STORE", "duplicate invocation"],
  [0x0211, "C-FIND", "unrecognized operation"],
  [0x0213, "C-GET", "resource limitation"],
  [0x0107, "C-STORE", "warning: attribute list error"],
  [0xfe00, "C-ECHO", "cancelled"],
  [0x1234, "C-MOVE", "unknown status"],
  [0xffff, "C-STORE", "unknown status"],
];

for (const [status, service, meaning] of MEANINGS) {
  Deno.test({
    name: `describeStatus() says "${meaning}" of ${formatStatus(status)} in ${service}`,
    permissions: "none",
    fn: () => assert.equal(describeStatus(status, service), meaning),
  });
}

Deno.test({
  name: "STATUS has the codes of the standard, all legal",
  permissions: "none",
  fn() {
    assert.deepEqual(STATUS, {
      success: 0x0000,
      attributeListError: 0x0107,
      processingFailure: 0x0110,
      duplicateSopInstance: 0x0111,
      noSuchSopInstance: 0x0112,
      attributeValueOutOfRange: 0x0116,
      invalidSopInstance: 0x0117,
      noSuchSopClass: 0x0118,
      sopClassNotSupported: 0x0122,
      notAuthorized: 0x0124,
      duplicateInvocation: 0x0210,
      unrecognizedOperation: 0x0211,
      mistypedArgument: 0x0212,
      resourceLimitation: 0x0213,
      outOfResources: 0xa700,
      cannotCountMatches: 0xa701,
      cannotPerformSubOperations: 0xa702,
      moveDestinationUnknown: 0xa801,
      dataSetDoesNotMatch: 0xa900,
      coercionOfDataElements: 0xb000,
      subOperationsIncomplete: 0xb000,
      elementsDiscarded: 0xb006,
      dataSetDoesNotMatchWarning: 0xb007,
      cannotUnderstand: 0xc000,
      cancel: 0xfe00,
      pending: 0xff00,
      pendingOptionalKeysUnsupported: 0xff01,
    });
    for (const status of Object.values(STATUS)) assert.ok(isLegalStatus(status));
  },
});

const FORMATS: readonly [status: number, formatted: string][] = [
  [0x0000, "0x0000"],
  [0x0110, "0x0110"],
  [0xa801, "0xA801"],
  [0xff00, "0xFF00"],
  [0x12345, "0x12345"],
];

for (const [status, formatted] of FORMATS) {
  Deno.test({
    name: `formatStatus() writes ${formatted}`,
    permissions: "none",
    fn: () => assert.equal(formatStatus(status), formatted),
  });
}
