/**
 * What is large, deep, endless or inflates: the server's answer, and that its memory does not follow.
 *
 * @module
 */

import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { Besieged } from "./besieged.ts";
import { deflated, explicit, head, nested } from "./data_set_cases.ts";
import { ASSOCIATED, CONTEXT, storeCommand } from "./exchange.ts";
import { APPLICATION, item, pData, pdv, proposal, request, zeros } from "./raw_bytes.ts";
import { RawConnection } from "./raw_connection.ts";

const MEBIBYTE = 1024 * 1024;

/** What one attack may add: the buffers of an association, and what waits to be collected. */
const ROOM = 64 * MEBIBYTE;

/** The number of 64 KiB in a P-DATA-TF. */
const FRAGMENT = 64 * 1024;

/** An attack, and what comes back. */
interface Attack {
  readonly name: string;
  /** The parts that are sent, one after the other. */
  readonly parts: () => Iterable<Uint8Array>;
  readonly expected: string;
  /** Whether the connection is reset when all is sent. */
  readonly breaksOff?: boolean;
  readonly isRequest?: boolean;
}

function* hex(...parts: string[]): Iterable<Uint8Array> {
  for (const part of parts) yield Uint8Array.fromHex(part);
}

/** A C-STORE of which the data set comes in so many equal pieces, and then an end. */
function* endless(context: number, first: string, piece: Uint8Array, count: number, last: string) {
  yield* hex(pData(pdv(context, 3, storeCommand())), pData(pdv(context, 0, first)));
  const pdu = Uint8Array.fromHex(pData(pdv(context, 0, "", piece.byteLength + 2)));
  const whole = new Uint8Array(pdu.byteLength + piece.byteLength);
  whole.set(pdu);
  whole.set(piece, pdu.byteLength);
  new DataView(whole.buffer).setUint32(2, whole.byteLength - 6);
  for (let i = 0; i < count; i++) yield whole;
  if (last !== "") yield* hex(pData(pdv(context, 2, last)));
}

/** So many bytes of zeros, deflated. */
function bomb(mebibytes: number): Uint8Array[] {
  const start = Uint8Array.fromHex(head() + explicit(0x7fe00010, "OW", "", mebibytes * MEBIBYTE));
  const whole = new Uint8Array(start.byteLength + mebibytes * MEBIBYTE);
  whole.set(start);
  const small = deflateRawSync(whole, { level: 9 });
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < small.byteLength; at += FRAGMENT) {
    pieces.push(small.subarray(at, at + FRAGMENT));
  }
  return pieces;
}

const TINY = Uint8Array.fromHex(explicit(0x00091001, "LO", "").repeat(8192));
const OPEN = Uint8Array.fromHex(nested(1, false).repeat(3000));

const ATTACKS: readonly Attack[] = [
  {
    name: "A13: 65 KB of presentation contexts that each hold one octet of UID",
    isRequest: true,
    parts: () =>
      hex(
        request({
          items: [
            APPLICATION,
            proposal(1, ["1.2"], Array(13_000).fill("1")),
            ...Array.from(
              { length: 100 },
              (_, i) => proposal(2 * i + 3, ["1"], Array(80).fill("1")),
            ),
            item(0x50, "5100000400004000"),
          ],
        }),
      ),
    expected: `AC[${[4, ...Array(100).fill(3)]}]`,
  },
  {
    name: "A13: a request of 1 MiB of items that nobody knows",
    isRequest: true,
    parts: () =>
      hex(
        request({
          items: [
            APPLICATION,
            proposal(1, ["1.2.840.10008.1.1"], ["1.2.840.10008.1.2"]),
            ...Array(260_000).fill(item(0x99, "")),
          ],
        }),
      ),
    expected: "AC[0]",
  },
  {
    name: "P3: a request of 2 GiB of which 8 MiB come",
    isRequest: true,
    parts: function* () {
      yield* hex("010080000000");
      for (let i = 0; i < 128; i++) yield new Uint8Array(FRAGMENT);
    },
    expected: "ABT(0,0)",
  },
  {
    name: "D18: 8 MiB of a command set",
    parts: function* () {
      for (let i = 0; i < 128; i++) yield* hex(pData(pdv(1, 1, zeros(FRAGMENT))));
    },
    expected: "ABT(0,0)",
  },
  {
    name: "D20: 400,000 PDVs of one octet",
    parts: function* () {
      yield* hex(pData(pdv(CONTEXT.explicit, 3, storeCommand())));
      const start = head() + explicit(0x7fe00010, "OW", "", 400_000 - 64);
      for (const octet of start.match(/../g) ?? []) {
        yield* hex(pData(pdv(CONTEXT.explicit, 0, octet)));
      }
      const pdus = pData(...Array(2000).fill(pdv(CONTEXT.explicit, 0, "00")));
      for (let i = 0; i < 200; i++) yield* hex(pdus);
      yield* hex(pData(pdv(CONTEXT.explicit, 2, "")));
    },
    expected: "C-STORE-RSP#8 C000",
  },
  {
    name: "X5: 300,000 nested sequences",
    parts: () => endless(CONTEXT.explicit, head(), OPEN, 100, "00"),
    expected: "C-STORE-RSP#8 C000",
  },
  {
    name: "X6: 256 KB that inflate to 250 MiB",
    parts: function* () {
      yield* hex(pData(pdv(CONTEXT.deflated, 3, storeCommand())));
      for (const piece of BOMB()) yield* hex(pData(pdv(CONTEXT.deflated, 0, piece.toHex())));
      yield* hex(pData(pdv(CONTEXT.deflated, 2, "")));
    },
    expected: "C-STORE-RSP#8 A700",
  },
  {
    name: "X6: empty blocks of deflate without end",
    parts: () =>
      endless(
        CONTEXT.deflated,
        deflated(head()).slice(0, 20),
        Uint8Array.fromHex("000000ffff".repeat(12_000)),
        50,
        "00",
      ),
    expected: "C-STORE-RSP#8 C000",
  },
  {
    name: "X14: 1,000,000 elements of no octets",
    parts: () => endless(CONTEXT.explicit, head(), TINY, 125, ""),
    breaksOff: true,
    expected: "",
  },
  {
    name: "X15, D19: an element of 4 GiB of which 64 MiB come",
    parts: () =>
      endless(
        CONTEXT.explicit,
        head() + explicit(0x7fe00010, "OW", "", 0xfffffffe),
        new Uint8Array(FRAGMENT),
        1024,
        "",
      ),
    breaksOff: true,
    expected: "",
  },
  {
    name: "X15: an element of 4 GiB that ends early",
    parts: () =>
      endless(
        CONTEXT.explicit,
        head() + explicit(0x7fe00010, "OW", "", 0xfffffffe),
        new Uint8Array(FRAGMENT),
        256,
        "0000",
      ),
    expected: "C-STORE-RSP#8 C000",
  },
];

let made: Uint8Array[] | undefined;
/** Beyond the budget of 256 MiB. */
function BOMB(): Uint8Array[] {
  return made ??= bomb(300);
}

for (const tool of ["storescp", "qrscp"] as const) {
  Deno.test({
    name: `${tool} answers what is large, deep, endless or inflates within its memory`,
    ignore: Deno.build.os !== "linux",
    async fn(t) {
      await using besieged = await Besieged.start(tool);
      for (const { name, parts, expected, breaksOff, isRequest } of ATTACKS) {
        const isWell = await t.step(name, async () => {
          const before = besieged.forgetPeak();
          await besieged.beside(name, async () => {
            using connection = await RawConnection.to(besieged.server.port);
            if (!isRequest) {
              await connection.send(ASSOCIATED);
              await connection.until(() => connection.text.startsWith("AC"));
              connection.forget();
            }
            for (const part of parts()) await connection.send(part);
            if (!breaksOff) assert.equal(await connection.end(expected), expected);
            return 0;
          });
          const more = besieged.peak - before;
          assert.ok(more < ROOM, `${Math.round(more / MEBIBYTE)} MiB more`);
        });
        // The good peer is out of step.
        if (!isWell) return;
      }
      await besieged.stop();
    },
  });
}
