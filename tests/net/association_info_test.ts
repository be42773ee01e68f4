import assert from "node:assert/strict";
import { associationInfo } from "../../lib/net/association_info.ts";
import { memoryPair } from "../support/memory_transport.ts";
import { storageRequest } from "../support/served.ts";

Deno.test({
  name: "associationInfo() tells what is known by then, the certificate where one was shown",
  permissions: "none",
  fn: () => {
    const [transport] = memoryPair();
    const { peerAddress } = transport;
    const nobody = { id: "1", callingAeTitle: "", calledAeTitle: "", peerAddress };
    assert.deepEqual(associationInfo("1", transport, undefined), nobody);
    const peerCertificate = {
      subject: "CN=CT 1",
      issuer: "CN=CA",
      alternativeNames: [],
      fingerprint: "00",
    };
    const secured = {
      ...{ peerAddress, localAddress: transport.localAddress, peerCertificate },
      read: () => Promise.resolve(null),
      write: () => Promise.resolve(0),
      close: () => {},
    };
    assert.deepEqual(associationInfo("2", secured, storageRequest()), {
      ...{ id: "2", callingAeTitle: "SENDER", calledAeTitle: "STORE", peerAddress },
      peerCertificate,
    });
  },
});
