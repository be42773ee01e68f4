/**
 * The PDU decoder: any bytes, split anywhere.
 *
 * @module
 */

import { LocalProtocolError, RemoteProtocolError } from "../../../lib/errors.ts";
import { PduDecoder } from "../../../lib/pdu/decoder.ts";
import { encodePdu } from "../../../lib/pdu/encoder.ts";
import type { Pdu } from "../../../lib/pdu/pdu.ts";
import { cut, Random } from "../random.ts";
import { attempt, must, shapeOf } from "../target.ts";
import { pureTarget } from "./pure_target.ts";

/** Everything that was decoded, as text, with the pieces of a fragment put together. */
interface Transcript {
  readonly lines: readonly string[];
  readonly pdus: readonly Pdu[];
  readonly end: string;
}

/** No more events may come of so many bytes: a PDV takes six, and each read may cut one. */
function mostEvents(length: number, reads: number): number {
  return length + reads + 1;
}

function transcribe(bytes: Uint8Array, lengths: readonly number[]): Transcript {
  const decoder = new PduDecoder({ maximumLength: 16384 });
  const lines: string[] = [];
  const pdus: Pdu[] = [];
  let [events, reads] = [0, 0];
  let fragment = "";
  const { error } = attempt(RemoteProtocolError, () => {
    for (const piece of cut(bytes, lengths)) {
      reads += 1;
      decoder.receive(piece);
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
        must(++events <= mostEvents(bytes.length, reads), "the decoder comes to an end");
        if (event.type !== "PDV") {
          lines.push(describe(event));
          if (event.type !== "P-DATA-TF") pdus.push(event);
          continue;
        }
        // A piece tells nothing of where the fragment ends, but for the last of a message.
        const { contextId, isCommand, isLast, data } = event;
        fragment = `PDV ${contextId} ${isCommand}`;
        if (lines.at(-1)?.startsWith(`${fragment} `)) lines[lines.length - 1] += data.toHex();
        else lines.push(`${fragment} ${data.toHex()}`);
        if (isLast) lines.push("last");
      }
    }
  });
  if (error !== undefined) {
    must(decoder.next() === undefined, "a decoder that has failed says nothing more");
    must(!decoder.inPdu, "a decoder that has failed is in no PDU");
  }
  return {
    lines,
    pdus,
    end: error === undefined ? `${decoder.inPdu}` : `${error.message} ${error.abort.reason}`,
  };
}

/** Octets as hexadecimal, and properties in the order of their names, so that it can be compared. */
function describe(value: unknown): string {
  return JSON.stringify(value, (_key, part) => {
    if (part instanceof Uint8Array) return part.toHex();
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([one], [other]) => one < other ? -1 : 1));
  });
}

/** What was decoded can be encoded, or is refused; and is then decoded again as the same. */
function roundTrip(pdu: Pdu): void {
  const encoded = attempt(LocalProtocolError, () => encodePdu(pdu));
  if (encoded.error !== undefined) return;
  const again = transcribe(encoded.value, [Infinity]);
  must(again.lines.length === 1, "an encoded PDU is decoded", () => again.end);
  must(
    again.lines[0] === describe(pdu),
    "decoded, encoded and decoded it is the same PDU",
    () => `${describe(pdu)}\n${again.lines[0]}`,
  );
}

/** Bytes into the PDU decoder. */
export const PDU_DECODER = pureTarget({
  name: "pdu-decoder",
  kinds: ["from-requestor", "from-acceptor"],
  maximumLength: 16 * 1024,
  allocationFactor: 16,
  freeAllocation: 16 * 1024,
  run: ({ bytes, control }) => {
    const whole = transcribe(bytes, [Infinity]);
    const parts = transcribe(bytes, new Random(control).splits(bytes.length));
    must(
      whole.end === parts.end,
      "it ends the same however it is split",
      () => `${whole.end} / ${parts.end}`,
    );
    must(whole.lines.join("\n") === parts.lines.join("\n"), "it is the same however it is split");
    whole.pdus.forEach(roundTrip);
    return `${whole.pdus.map(({ type }) => type).slice(0, 4)} ${shapeOf(whole.end)}`;
  },
});
