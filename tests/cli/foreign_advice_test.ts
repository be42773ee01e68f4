import assert from "node:assert/strict";
import {
  adviceForAcceptor,
  adviceForRequestor,
  describeForeignCaller,
} from "../../cli/foreign_advice.ts";
import { FOREIGN } from "../hostile/foreign_bytes.ts";
import { pure } from "../support/requesting.ts";

const PROTOCOLS = [...new Set(FOREIGN.flatMap(({ protocol }) => protocol ?? []))];

pure("every protocol has its advice, for either side", () => {
  assert.equal(PROTOCOLS.length, 7);
  for (const protocol of PROTOCOLS) {
    assert.match(adviceForAcceptor(protocol), /^the peer (speaks|is|sends) \S.*[^.]$/);
    assert.match(adviceForRequestor(protocol), /^[A-Z].*(--tls|DICOM port).*[^.]$/);
    assert.equal(
      describeForeignCaller("10.0.0.5:4711", protocol),
      `Connection from 10.0.0.5:4711 is no DICOM: ${adviceForAcceptor(protocol)}`,
    );
  }
});
