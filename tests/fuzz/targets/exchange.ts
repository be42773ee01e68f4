/**
 * One connection to a server: what it is sent, and how it ends it.
 *
 * @module
 */

import { DicomNetError } from "../../../lib/errors.ts";
import { concatBytes } from "../../../lib/bytes.ts";
import { COMMAND_TAG, decodeCommandSet } from "../../../lib/dimse/command_set.ts";
import { cEcho } from "../../../lib/service/verification.ts";
import { associate } from "../../../lib/net/requestor.ts";
import { PduDecoder } from "../../../lib/pdu/decoder.ts";
import type { PduEvent } from "../../../lib/pdu/pdu.ts";
import { ECHO, IMPLICIT } from "../../support/core_pair.ts";
import { cut } from "../random.ts";
import { attempt, type Behaviour, must } from "../target.ts";

/** Longer than any server takes to close a connection whose peer has closed its sending side. */
const PATIENCE = 10_000;

const HOSTNAME = "127.0.0.1";

/**
 * Sends bytes, closes the sending side, and waits until the server has closed.
 *
 * @param port Where the server listens.
 * @param bytes What to send.
 * @param lengths How it is split.
 * @returns The types of the PDUs that came back.
 */
export async function exchange(
  port: number,
  bytes: Uint8Array,
  lengths: readonly number[],
): Promise<Behaviour> {
  const connection = await Deno.connect({ hostname: HOSTNAME, port });
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    connection.close();
  }, PATIENCE);
  try {
    connection.setNoDelay(true);
    const answer = receive(connection);
    await send(connection, bytes, lengths);
    const output = await answer;
    must(!isLate, "a server closes when its peer has closed its sending side");
    return answered(output);
  } finally {
    clearTimeout(deadline);
    if (!isLate) connection.close();
  }
}

async function send(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
  lengths: readonly number[],
): Promise<void> {
  try {
    // Pieces of one octet each are for the decoders; here each is a call of the system.
    const pieces = lengths.map((length) => Math.max(length, 64));
    for (const piece of cut(bytes, pieces)) {
      for (let rest = piece; rest.byteLength > 0;) {
        rest = rest.subarray(await connection.write(rest));
      }
    }
    await connection.closeWrite();
  } catch {
    // It has closed already: what it sent tells why.
  }
}

async function receive(connection: Deno.TcpConn): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(64 * 1024);
  while (true) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return concatBytes(parts);
    parts.push(buffer.slice(0, count));
  }
}

function answered(output: Uint8Array): Behaviour {
  const decoder = new PduDecoder({ maximumLength: 0 });
  decoder.receive(output);
  const words: string[] = [];
  let command: Uint8Array[] = [];
  const { error } = attempt(DicomNetError, () => {
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      if (event.type !== "PDV") {
        if (event.type !== "P-DATA-TF") words.push(wordFor(event));
      } else if (event.isCommand) {
        command.push(event.data);
        if (!event.isLast) continue;
        words.push(wordForCommand(concatBytes(command)));
        command = [];
      }
    }
  });
  must(
    error === undefined,
    "a server sends PDUs and messages that can be decoded",
    () => `${error}`,
  );
  const line = words.join(" ");
  must(/^(?!.*A-ABORT\S* .)/.test(line), "an abort is the last that is sent", () => line);
  return words.filter((word, at) => word !== words[at - 1]).slice(0, 8).join(" ");
}

function wordFor(event: PduEvent): string {
  return event.type === "A-ABORT" ? `${event.type}${event.source}${event.reason}` : event.type;
}

/** As a command set alone: responses to DIMSE-N requests are none of the messages that we take. */
function wordForCommand(bytes: Uint8Array): string {
  const set = decodeCommandSet(bytes);
  return `${set.us(COMMAND_TAG.commandField)?.toString(16)}:${
    set.us(COMMAND_TAG.status)?.toString(16)
  }`;
}

/** A good peer's C-ECHO: an association of its own, released in good order. */
export async function echo(port: number, calledAeTitle: string): Promise<void> {
  await using association = await associate({
    hostname: HOSTNAME,
    port,
    callingAeTitle: "WITNESS",
    calledAeTitle,
    presentationContexts: [{ abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] }],
  });
  const { status } = await cEcho(association);
  must(status === 0, "a C-ECHO is answered with success");
  await association.release();
}

/** Waits until something holds, for as long as a server may take to notice what its peers did. */
export async function eventually(
  rule: string,
  holds: () => boolean,
  detail?: () => string,
): Promise<void> {
  for (let turn = 0; turn < 400 && !holds(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  must(holds(), rule, detail);
}
