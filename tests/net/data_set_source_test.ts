import assert from "node:assert/strict";
import { framedDataSet, sourceOf } from "../../lib/net/data_set_source.ts";
import { MessageAssembler } from "../../lib/dimse/assembler.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { PduDecoder } from "../../lib/pdu/decoder.ts";
import { pure } from "../support/requesting.ts";
import { storeRequest } from "../support/served.ts";

pure(
  "framedDataSet() sends command and first fragments as one, within the peer's limit",
  async () => {
    const command = encodeMessage(storeRequest());
    for (const peerMaximumLength of [64, 16_384, 0]) {
      for (const length of [2, 50, 1_000, 20_000]) {
        const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
        const buffer = new Uint8Array(4096);
        const decoder = new PduDecoder({ maximumLength: peerMaximumLength });
        const assembler = new MessageAssembler();
        const received: number[] = [];
        let pieces = 0;
        const framed = framedDataSet(3, command, sourceOf(bytes), { peerMaximumLength, buffer });
        for await (const pdus of framed) {
          // The buffer is used again, so what is sent must be taken before the next is asked for.
          decoder.receive(pdus.slice());
          const seen: string[] = [];
          for (let event = decoder.next(); event; event = decoder.next()) {
            if (event.type !== "PDV") continue;
            const message = assembler.push(event);
            if (message?.type === "data") received.push(...message.data);
            if (message !== undefined) seen.push(message.type);
          }
          if (pieces++ === 0) assert.deepEqual(seen.slice(0, 2), ["message", "data"]);
        }
        assert.deepEqual(Uint8Array.from(received), bytes, `${length} at ${peerMaximumLength}`);
        assert.ok(assembler.idle);
      }
    }
  },
);

pure("sourceOf() gives the bytes and then the end, over and over", () => {
  const source = sourceOf(Uint8Array.of(1, 2, 3));
  const into = new Uint8Array(2);
  assert.deepEqual([source.read(into), [...into]], [2, [1, 2]]);
  assert.deepEqual([source.read(into), into[0]], [1, 3]);
  assert.deepEqual([source.read(into), source.read(into)], [0, 0]);
});
