import assert from "node:assert/strict";
import {
  type AccessLists,
  allowsAddress,
  decideAccess,
  guardListen,
} from "../../cli/access_list.ts";
import { parseIpNetwork } from "../../cli/ip_network.ts";
import { ConnectionError } from "../../lib/errors.ts";
import { parseCertificateRule } from "../../cli/certificate_rule.ts";
import type { Listen, Transport } from "../../lib/net/transport.ts";

function pure(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

function lists(
  callingAeTitles: readonly string[] = [],
  calledAeTitles: readonly string[] = [],
  networks: readonly string[] = [],
): AccessLists {
  const addresses = networks.map(parseIpNetwork).filter((network) => network !== undefined);
  assert.equal(addresses.length, networks.length);
  return { callingAeTitles, calledAeTitles, addresses, certificates: [] };
}

const DECISIONS:
  readonly (readonly [AccessLists, calling: string, called: string, reason: 0 | 3 | 7])[] = [
    [lists(), "CT1", "STORE", 0],
    [lists(["CT1", "CT2"]), "CT2", "STORE", 0],
    [lists(["CT1", "CT2"]), "CT3", "STORE", 3],
    [lists(["CT1"]), "ct1", "STORE", 3],
    [lists(["CT1"]), "CT", "STORE", 3],
    [lists([], ["STORE", "ARCHIVE"]), "CT1", "ARCHIVE", 0],
    [lists([], ["STORE"]), "CT1", "store", 7],
    [lists(["CT1"], ["STORE"]), "CT1", "STORE", 0],
    [lists(["CT1"], ["STORE"]), "CT2", "STORE", 3],
    [lists(["CT1"], ["STORE"]), "CT2", "OTHER", 7],
  ];

for (const [access, calling, called, reason] of DECISIONS) {
  const { callingAeTitles, calledAeTitles } = access;
  pure(
    `[${callingAeTitles}] to [${calledAeTitles}]: ${calling} to ${called} gets ${reason}`,
    () => {
      const request = { callingAeTitle: calling, calledAeTitle: called, peerAddress: "h:1" };
      assert.deepEqual(
        decideAccess(access, request),
        reason === 0 ? { accept: true } : { accept: false, result: 1, source: 1, reason },
      );
    },
  );
}

pure(
  "a certificate that is on the list lets in, and nothing else does where there is such a list",
  () => {
    const rule = parseCertificateRule("CN=CT 1");
    assert.ok(rule);
    const access = { ...lists(["CT1"]), certificates: [rule] };
    const request = { callingAeTitle: "CT1", calledAeTitle: "STORE", peerAddress: "h:1" };
    const shown = (subject: string) => ({
      ...request,
      peerCertificate: { subject, issuer: "CN=CA", alternativeNames: [], fingerprint: "00" },
    });
    const refused = {
      ...{ accept: false, result: 1, source: 1, reason: 1 },
      because: "--allow-certificate names no such certificate",
    };
    assert.deepEqual(decideAccess(access, shown("CN=CT 1,O=Hospital")), { accept: true });
    assert.deepEqual(decideAccess(access, shown("CN=CT 2,O=Hospital")), refused);
    assert.deepEqual(decideAccess(access, request), refused);
  },
);

pure("allowsAddress() takes the port and the brackets off", () => {
  const access = lists([], [], ["10.0.0.0/8", "fd00::/8"]);
  for (const peer of ["10.1.2.3:4711", "[fd00::1]:4711", "[::ffff:10.1.2.3]:1"]) {
    assert.equal(allowsAddress(access, peer), true, peer);
  }
  for (const peer of ["11.1.2.3:4711", "[fe80::1]:4711", "host:104", ""]) {
    assert.equal(allowsAddress(access, peer), false, peer);
    assert.equal(allowsAddress(lists(), peer), true, "all are allowed");
  }
});

class Connection implements Transport {
  readonly localAddress = "here:104";
  readonly peerAddress: string;
  isClosed = false;
  isRead = false;

  constructor(peerAddress: string) {
    this.peerAddress = peerAddress;
  }

  read(): Promise<number | null> {
    this.isRead = true;
    return Promise.resolve(null);
  }

  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(bytes.byteLength);
  }

  close(): void {
    this.isClosed = true;
  }
}

pure("guardListen() closes what is not allowed before it is read, and goes on", async () => {
  const connections = ["10.0.0.1:1", "9.0.0.1:2", "9.0.0.2:3", "10.0.0.2:4"]
    .map((peer) => new Connection(peer));
  let isClosed = false;
  const listen: Listen = ({ port }) => ({
    hostname: "::",
    port,
    accept: () => {
      const next = connections[at++];
      return next ? Promise.resolve(next) : Promise.reject(new ConnectionError("closed"));
    },
    close: () => void (isClosed = true),
  });
  let at = 0;
  const refused: string[] = [];
  const access = lists([], [], ["10.0.0.0/8"]);
  const listener = guardListen(listen, access, (peer) => void refused.push(peer))({ port: 104 });
  assert.deepEqual([listener.hostname, listener.port], ["::", 104]);
  assert.equal(await listener.accept(), connections[0]);
  assert.equal(await listener.accept(), connections[3]);
  assert.deepEqual(refused, ["9.0.0.1:2", "9.0.0.2:3"]);
  assert.deepEqual(connections.map((each) => each.isClosed), [false, true, true, false]);
  assert.ok(connections.every((each) => !each.isRead));
  await assert.rejects(listener.accept(), ConnectionError);
  listener.close();
  assert.ok(isClosed);
});
