/**
 * Slow lorises against the process of a server, with short time-outs: each is given up, others are
 * served meanwhile, and descriptors are given back.
 *
 * @module
 */

import assert from "node:assert/strict";
import { associationRequest } from "../../lib/association/negotiation.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { fragmentMessage } from "../../lib/dimse/fragmenter.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { HALF_OPEN_LIMIT } from "../../lib/net/acceptor.ts";
import { encodePdu } from "../../lib/pdu/encoder.ts";
import { CT, IMPLICIT } from "../support/core_pair.ts";
import { OurServer } from "../support/our_server.ts";
import { descriptors } from "../support/process_facts.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { ASSOCIATED, ECHO_COMMAND, storeCommand, stored } from "./exchange.ts";
import { RawConnection } from "./raw_connection.ts";
import { pData, pdv, RELEASE, request } from "./raw_bytes.ts";

const ECHO = pData(pdv(1, 3, ECHO_COMMAND));
const COMMAND = pData(pdv(3, 3, storeCommand()));

/** What is sent at once, what then over and over, and what comes back in the end. */
const LORISES: readonly (readonly [name: string, once: string, drop: string, output: RegExp])[] = [
  ["silence after the connection", "", "", /^$/],
  ["half an association request", request().slice(0, 101 * 2), "", /^$/],
  ["an association request that grows slowly", request({ length: 5000 }), "00", /^$/],
  ["silence in the association", ASSOCIATED, "", /^AC\S+ ABT\(0,0\)$/],
  ["half a PDU", `${ASSOCIATED}040000003e80`, "", /^AC\S+ ABT\(0,0\)$/],
  [
    "a data set in one PDU that grows slowly",
    `${ASSOCIATED}${COMMAND}040000003e8000003e7c0300`,
    "00",
    /^AC\S+ ABT\(0,0\)$/,
  ],
  [
    "a data set that grows by small PDUs",
    ASSOCIATED + COMMAND,
    pData(pdv(3, 0, "00")),
    /^AC\S+ ABT\(0,0\)$/,
  ],
];

/** Shorter than the time-outs of the server, so that each drop comes in time. */
const DROP_INTERVAL = 100;

/** Sends a drop now and again until the server has had enough. */
async function drip(connection: RawConnection, drop: string): Promise<void> {
  const timer = setInterval(() => void connection.send(drop), DROP_INTERVAL);
  try {
    await connection.until(() => false);
  } finally {
    clearInterval(timer);
  }
}

/** A good peer: one association, one C-ECHO, one instance. */
async function callWell(port: number): Promise<void> {
  using connection = await RawConnection.to(port);
  await connection.send(ASSOCIATED + ECHO + stored() + RELEASE);
  await connection.until(() => connection.text.endsWith("RELRP"));
  assert.match(connection.text, /^AC\S+ C-ECHO-RSP#7 0000 C-STORE-RSP#8 0000 RELRP$/);
}

for (const tool of ["storescp", "qrscp"] as const) {
  Deno.test({
    name: `${tool} gives up slow lorises, serves others meanwhile, and takes descriptors back`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const directory = await Deno.makeTempDir({ prefix: "slow_" });
      try {
        const where = tool === "storescp" ? ["0", "-od", directory] : ["-p", "0", directory];
        await using server = await OurServer.start({
          tool,
          args: [...where, "-ta", "0.5", "-td", "0.5", "-tn", "0.5"],
          directory,
        });
        await callWell(server.port);
        const before = descriptors(server.pid);
        let lorises = LORISES.length;
        const all = LORISES.map(async ([name, once, drop, output]) => {
          using connection = await RawConnection.to(server.port);
          await connection.send(once);
          await drip(connection, drop);
          assert.ok(connection.isClosed, name);
          assert.match(connection.text, output, name);
          lorises -= 1;
        });
        let served = 0;
        for (; lorises > 0; served++) await callWell(server.port);
        await Promise.all(all);
        assert.ok(served > 0);
        // A descriptor is given back when the end of its connection has been read.
        for (let calls = 0; descriptors(server.pid) > before; calls++) {
          assert.ok(calls < 100, "descriptors are left");
          await callWell(server.port);
        }
        const { code, stderr } = await server.stop();
        // Half an instance broke off, of both that had begun one.
        assert.equal(code, 6, stderr);
        assert.match(stderr, /Gave up after 0.5 s: waited for the rest of a PDU or a message/);
        assert.match(stderr, /; 2 failed$/m);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

/** More than the server keeps of connections that are no association. */
const FLOOD = 600;

Deno.test({
  name: "storescp serves whoever asks in a flood of connections that say little, and outlives it",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const directory = await Deno.makeTempDir({ prefix: "flood_" });
    const flood: RawConnection[] = [];
    try {
      await using server = await OurServer.start({
        ...{ tool: "storescp", directory },
        args: ["0", "-od", directory, "-ta", "5"],
      });
      await callWell(server.port);
      const before = descriptors(server.pid);
      for (let i = 0; i < FLOOD; i++) {
        const connection = await RawConnection.to(server.port);
        flood.push(connection);
        await connection.send(request().slice(0, 2 * (i % 7)));
        if (i % 50 === 49) await callWell(server.port);
      }
      // No more of them are kept than there may be, and the latest are those.
      const kept = descriptors(server.pid) - before;
      assert.ok(kept <= HALF_OPEN_LIMIT, `${kept} are kept`);
      await Promise.all(
        flood.slice(0, FLOOD - HALF_OPEN_LIMIT).map((connection) => connection.until(() => false)),
      );
      for (const connection of flood) connection[Symbol.dispose]();
      for (let calls = 0; descriptors(server.pid) > before; calls++) {
        assert.ok(calls < 100, "descriptors are left");
        await callWell(server.port);
      }
      assert.equal((await server.stop()).code, 0);
    } finally {
      for (const connection of flood) connection[Symbol.dispose]();
      await Deno.remove(directory, { recursive: true });
    }
  },
});

/** A CT image with so much pixel data that no socket has room for it. */
function largeFile(): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(8);
  new DataView(header.buffer).setUint32(0, 0x0010_7fe0, true);
  new DataView(header.buffer).setUint32(4, LARGE, true);
  const file = instanceFile({
    ...{ sopClassUid: CT, sopInstanceUid: "1.2.3.4.5", transferSyntaxUid: IMPLICIT },
  });
  return concatBytes([file, header, new Uint8Array(LARGE)]);
}

/** Asks for all of it by C-GET. */
function retrieval(): Uint8Array {
  const identifier = new DataSet();
  for (const key of ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2.3"]) {
    applyKeywordPath(identifier, key);
  }
  const command = encodeMessage({
    type: "C-GET-RQ",
    messageId: 1,
    affectedSopClassUid: STUDY_ROOT_GET,
    priority: 0,
    hasDataSet: true,
  });
  return concatBytes([
    encodePdu(associationRequest({
      callingAeTitle: "DEAF",
      calledAeTitle: "QRSCP",
      presentationContexts: [
        { abstractSyntax: STUDY_ROOT_GET, transferSyntaxes: [IMPLICIT] },
        { abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
      ],
      maximumLength: 16384,
    })),
    fragmentMessage(1, command, encodeDataSet(identifier, IMPLICIT), 16384),
  ]);
}

Deno.test({
  name: "qrscp gives up a peer that asks for much and never reads, and serves others meanwhile",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const directory = await Deno.makeTempDir({ prefix: "deaf_" });
    try {
      await Deno.writeFile(`${directory}/large.dcm`, largeFile());
      await using server = await OurServer.start({
        ...{ tool: "qrscp", directory },
        args: ["-p", "0", directory, "-tn", "0.5"],
      });
      await callWell(server.port);
      const before = descriptors(server.pid);
      using deaf = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
      await deaf.write(retrieval());
      await callWell(server.port);
      await server.until(/Gave up after 0.5 s: the peer takes no data/);
      for (let calls = 0; descriptors(server.pid) > before; calls++) {
        assert.ok(calls < 100, "descriptors are left");
        await callWell(server.port);
      }
      await server.stop();
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

const LARGE = 32 * 1024 * 1024;
const STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3";
