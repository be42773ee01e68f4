import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { storageSopClass, transferSyntaxUid } from "../../cli/uid_parser.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";

Deno.test({
  name: "storageSopClass() takes UIDs and keywords",
  permissions: "none",
  fn: () => {
    const parser = storageSopClass();
    for (const input of [CT, "CTImageStorage", "ctimagestorage", "CTImage"]) {
      assert.deepEqual(parser.parse(input), { success: true, value: CT }, input);
    }
    assert.deepEqual(parser.parse("1.3.12.2.1107.5.9.1"), {
      success: true,
      value: "1.3.12.2.1107.5.9.1",
    });
    for (
      const input of [
        "",
        "CT",
        "Verification",
        "1.2.",
        "PatientRootQueryRetrieveInformationModelGet",
      ]
    ) {
      const result = parser.parse(input);
      assert.ok(!result.success, input);
      assert.equal(
        formatMessage(result.error),
        `Cannot use "${input}" as a SOP class: give its UID, or its keyword such as CTImageStorage`,
      );
    }
    assert.equal(parser.format(CT), CT);
  },
});

Deno.test({
  name: "transferSyntaxUid() takes UIDs, private ones too, and keywords",
  permissions: "none",
  fn: () => {
    const parser = transferSyntaxUid();
    assert.deepEqual(parser.parse("1.2.840.113619.5.2"), {
      success: true,
      value: "1.2.840.113619.5.2",
    });
    for (const input of ["JPEG2000Lossless", "jpeg2000lossless"]) {
      assert.deepEqual(parser.parse(input), { success: true, value: "1.2.840.10008.1.2.4.90" });
    }
    for (const input of ["", "JPEG", "1.02", "CTImageStorage"]) {
      const result = parser.parse(input);
      assert.ok(!result.success, input);
      assert.equal(
        formatMessage(result.error),
        `Cannot use "${input}" as a transfer syntax: give its UID, or its keyword such as JPEG2000Lossless`,
      );
    }
  },
});
