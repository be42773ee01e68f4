/**
 * Queries and retrieves of a hostile requestor, to the process of qrscp.
 *
 * @module
 */

import assert from "node:assert/strict";
import { listenTcp } from "../../lib/net/deno_transport.ts";
import type { TransportListener } from "../../lib/net/transport.ts";
import { ROOT, writeQueryArchive } from "../support/query_archive.ts";
import { Besieged } from "./besieged.ts";
import { ASSOCIATED } from "./exchange.ts";
import { GET_STUDY, QUERIES, RETRIEVES } from "./query_cases.ts";
import { abort, ascii, reject, RELEASE } from "./raw_bytes.ts";
import { RawConnection } from "./raw_connection.ts";

const MEBIBYTE = 1024 * 1024;

/** What one may add: an identifier is in memory as it came, up to 16 MiB, and decoded. */
const ROOM = 96 * MEBIBYTE;

/** Destinations that answer the request for an association by these bytes, and close. */
const DESTINATIONS: Readonly<Record<string, string>> = {
  HANGUP: "",
  HTTP: ascii("HTTP/1.1 400 Bad Request\r\n\r\n"),
  REJECT: reject(1, 1, 3),
};

async function answer(listener: TransportListener, hex: string): Promise<void> {
  while (true) {
    const transport = await listener.accept().catch(() => undefined);
    if (transport === undefined) return;
    await transport.read(new Uint8Array(65_536)).catch(() => null);
    if (hex !== "") await transport.write(Uint8Array.fromHex(hex)).catch(() => 0);
    // Until the peer closes: what was written is not to be lost.
    if (hex !== "") {
      while (await transport.read(new Uint8Array(100)).catch(() => null) !== null);
    }
    transport.close();
  }
}

Deno.test({
  name: "qrscp faces hostile queries and retrieves, serving a good peer beside",
  ignore: Deno.build.os !== "linux",
  async fn(t) {
    const listeners = Object.entries(DESTINATIONS).map(([name, hex]) => {
      const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
      return { name, listener, answering: answer(listener, hex) };
    });
    const dead = listenTcp({ hostname: "127.0.0.1", port: 0 });
    dead.close();
    const known = [...listeners, { name: "DEAD", listener: dead }];
    await using besieged = await Besieged.start(
      "qrscp",
      known.flatMap(({ name, listener }) => [
        "--destination",
        `${name}=127.0.0.1:${listener.port}`,
      ]),
      async (directory) => void await writeQueryArchive(directory),
    );
    for (const [name, cases] of [["queries", QUERIES], ["retrieves", RETRIEVES]] as const) {
      const isWell = await t.step(name, async () => {
        for (const hostile of cases) {
          const before = besieged.forgetPeak();
          await besieged.face(hostile, ASSOCIATED);
          const more = besieged.peak - before;
          assert.ok(more < ROOM, `${hostile[0]}: ${Math.round(more / MEBIBYTE)} MiB more`);
        }
      });
      // The good peer is out of step.
      if (!isWell) return;
    }
    for (
      const [name, leave] of [
        ["Q9 an abort in the middle of a C-GET", abort(0, 0)],
        ["S11 a release in the middle of a C-GET", RELEASE],
        ["Q9 PDUs out of place in the middle of a C-GET", ASSOCIATED],
        ["Q9 the end of the connection in the middle of a C-GET", ""],
      ] as const
    ) {
      await t.step(name, () =>
        besieged.beside(name, async () => {
          using connection = await RawConnection.to(besieged.server.port);
          await connection.send(ASSOCIATED + GET_STUDY);
          await connection.until(() => connection.text.includes("C-STORE-RQ#"));
          await connection.send(leave);
          if (leave !== "") await connection.end("");
          return 0;
        }));
    }

    await t.step("Q10 files that have gone", () =>
      besieged.beside("Q10", async () => {
        for await (const { name } of Deno.readDir(besieged.directory)) {
          if (name.startsWith(`${ROOT}.1.1.`)) await Deno.remove(`${besieged.directory}/${name}`);
        }
        using connection = await RawConnection.to(besieged.server.port);
        await connection.send(ASSOCIATED + GET_STUDY);
        await connection.until(() => / C-GET-RSP#8 (?!FF00)/.test(connection.text));
        assert.match(connection.text, / C-GET-RSP#8 A702 -\/0\/4\/0 \+$/);
        return 0;
      }));
    await besieged.stop();
    for (const { listener, answering } of listeners) {
      listener.close();
      await answering;
    }
  },
});
