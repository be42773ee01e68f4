import assert from "node:assert/strict";
import { ForeignProtocolError } from "../../lib/errors.ts";
import {
  foreignProtocol,
  foreignProtocolError,
  UNRECOGNISED_PDU,
} from "../../lib/pdu/foreign_protocol.ts";
import { PDU_TYPE } from "../../lib/pdu/pdu.ts";
import { pure } from "../support/requesting.ts";
import { FOREIGN } from "../hostile/foreign_bytes.ts";

for (const { name, bytes, protocol } of FOREIGN) {
  pure(`foreignProtocol() recognises ${protocol ?? "nothing"} in ${name}`, () => {
    assert.equal(foreignProtocol(bytes), protocol);
    // A PDU header is all that a decoder has.
    assert.equal(foreignProtocol(bytes.subarray(0, 6)), protocol);
    if (protocol === undefined) return;
    const error = foreignProtocolError(protocol);
    assert.ok(error instanceof ForeignProtocolError);
    assert.deepEqual([error.protocol, error.abort], [protocol, UNRECOGNISED_PDU]);
    assert.match(error.message, /^Cannot talk DICOM with the peer: it speaks [A-Zit]/);
  });
}

pure("foreignProtocol() takes no PDU for another protocol", () => {
  for (const type of Object.values(PDU_TYPE)) {
    for (const length of ["00000004", "00000100", "00004000", "20202020", "03010000"]) {
      const header = Uint8Array.fromHex(`${type.toString(16).padStart(2, "0")}00${length}`);
      assert.equal(foreignProtocol(header), undefined);
    }
  }
});

pure("foreignProtocol() recognises nothing in fewer bytes than it needs", () => {
  for (const digits of ["", "16", "47", "474554", "2a204f4b20"]) {
    assert.equal(foreignProtocol(Uint8Array.fromHex(digits)), undefined, digits);
  }
});
