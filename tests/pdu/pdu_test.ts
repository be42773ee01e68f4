import assert from "node:assert/strict";
import {
  ASSOCIATE_PDU_LIMIT,
  ASSUMED_MAXIMUM_LENGTH,
  MAXIMUM_PRESENTATION_CONTEXTS,
  PDU_HEADER_LENGTH,
  PDU_TYPE,
  PDV_HEADER_LENGTH,
  UNLIMITED_P_DATA_CAP,
} from "../../lib/pdu/pdu.ts";
import { golden, PDU_CASES } from "./cases.ts";

Deno.test({
  name: "PDU_TYPE numbers the seven PDUs as in PS3.8 section 9.3.1",
  permissions: "none",
  fn() {
    assert.deepEqual(Object.values(PDU_TYPE), [1, 2, 3, 4, 5, 6, 7]);
    for (const { name, pdu } of PDU_CASES) assert.equal(golden(name)[0], PDU_TYPE[pdu.type]);
    assert.equal(golden("cEchoRequest")[0], PDU_TYPE["P-DATA-TF"]);
  },
});

Deno.test({
  name: "the lengths and limits of PDUs have their values",
  permissions: "none",
  fn() {
    assert.equal(PDU_HEADER_LENGTH, 6);
    assert.equal(PDV_HEADER_LENGTH, 6);
    assert.equal(ASSOCIATE_PDU_LIMIT, 1048576);
    assert.equal(MAXIMUM_PRESENTATION_CONTEXTS, 128);
    assert.equal(UNLIMITED_P_DATA_CAP, 2147483647);
    assert.equal(ASSUMED_MAXIMUM_LENGTH, 16384);
  },
});
