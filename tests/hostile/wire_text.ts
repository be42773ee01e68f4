/**
 * What came back on the wire, as one line of text: `AC[0,3] C-STORE-RSP#8 A700 ABT(2,6)`.
 *
 * Read without the library under test, and strictly: what is not octet for octet as the standard has
 * it shows in hexadecimal.
 *
 * @module
 */

/**
 * The PDUs of one side of a connection.
 *
 * `AC[…]` has the results of the presentation contexts, `RJ(…)` and `ABT(…)` their codes; a response
 * its message ID, its status, and where it counts sub-operations
 * `remaining/completed/failed/warning`. `+` is a data set.
 *
 * @param output The bytes.
 * @returns The text; what is no whole PDU at its end is in hexadecimal.
 */
export function wireText(output: Uint8Array): string {
  const words: string[] = [];
  const view = new DataView(output.buffer, output.byteOffset, output.byteLength);
  let at = 0;
  while (at < output.byteLength) {
    const end = at + 6 <= output.byteLength ? at + 6 + view.getUint32(at + 2) : Infinity;
    if (end > output.byteLength) break;
    words.push(...pduWords(output.subarray(at, end)));
    at = end;
  }
  if (at < output.byteLength) words.push(output.subarray(at).toHex());
  return words.join(" ");
}

function pduWords(pdu: Uint8Array): string[] {
  const hex = pdu.toHex();
  const codes = [...pdu.subarray(7)].join(",");
  if (pdu[0] === 0x02) return [`AC[${contextResults(pdu)}]`];
  if (pdu[0] === 0x04) return pdvWords(pdu);
  if (/^03000000000400.{6}$/.test(hex)) return [`RJ(${codes})`];
  if (/^0[56]0000000004000000/.test(hex)) return [pdu[0] === 5 ? "RELRQ" : "RELRP"];
  if (/^0700000000040000.{4}$/.test(hex)) return [`ABT(${[...pdu.subarray(8)].join(",")})`];
  if (pdu[0] === 0x01) return ["RQ"];
  return [hex];
}

function contextResults(accept: Uint8Array): number[] {
  const results: number[] = [];
  const view = new DataView(accept.buffer, accept.byteOffset, accept.byteLength);
  for (let at = 74; at + 4 <= accept.byteLength; at += 4 + view.getUint16(at + 2)) {
    if (accept[at] === 0x21) results.push(accept[at + 6] ?? -1);
  }
  return results;
}

function pdvWords(pdu: Uint8Array): string[] {
  const words: string[] = [];
  const view = new DataView(pdu.buffer, pdu.byteOffset, pdu.byteLength);
  for (let at = 6; at < pdu.byteLength; at += 4 + view.getUint32(at)) {
    const end = at + 4 + view.getUint32(at);
    const control = pdu[at + 5];
    if (control === 3) words.push(commandText(pdu.subarray(at + 6, end)));
    else if (control === 2) words.push("+");
    else words.push(`${control}:${pdu.subarray(at + 6, end).toHex()}`);
  }
  return words;
}

/** A command set in implicit VR little endian (PS3.7 section 6.3.1). */
function commandText(command: Uint8Array): string {
  const numbers = new Map<number, number>();
  const view = new DataView(command.buffer, command.byteOffset, command.byteLength);
  for (let at = 0; at + 8 <= command.byteLength;) {
    const length = view.getUint32(at + 4, true);
    if (length === 2) numbers.set(view.getUint16(at + 2, true), view.getUint16(at + 8, true));
    at += 8 + length;
  }
  const field = numbers.get(0x0100) ?? -1;
  const id = numbers.get(0x0120) ?? numbers.get(0x0110);
  const status = numbers.get(0x0900);
  const counters = [0x1020, 0x1021, 0x1022, 0x1023].map((number) => numbers.get(number) ?? "-");
  return `${COMMANDS.get(field) ?? field.toString(16)}#${id}` +
    (status === undefined ? "" : ` ${status.toString(16).toUpperCase().padStart(4, "0")}`) +
    (counters.every((counter) => counter === "-") ? "" : ` ${counters.join("/")}`);
}

const COMMANDS: ReadonlyMap<number, string> = new Map([
  [0x0001, "C-STORE-RQ"],
  [0x8001, "C-STORE-RSP"],
  [0x0010, "C-GET-RQ"],
  [0x8010, "C-GET-RSP"],
  [0x0020, "C-FIND-RQ"],
  [0x8020, "C-FIND-RSP"],
  [0x0021, "C-MOVE-RQ"],
  [0x8021, "C-MOVE-RSP"],
  [0x0030, "C-ECHO-RQ"],
  [0x8030, "C-ECHO-RSP"],
  [0x8100, "N-EVENT-REPORT-RSP"],
  [0x8110, "N-GET-RSP"],
  [0x8120, "N-SET-RSP"],
  [0x8130, "N-ACTION-RSP"],
  [0x8140, "N-CREATE-RSP"],
  [0x8150, "N-DELETE-RSP"],
  [0x0fff, "C-CANCEL-RQ"],
]);
