/**
 * The requestor that servers are measured with: echoes, associations, and retrieves whose instances
 * are confirmed and forgotten.
 *
 * @module
 */

import { DataSet } from "../../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../../lib/data_set/encoder.ts";
import { applyKeywordPath } from "../../../lib/data_set/keyword_path.ts";
import { VERIFICATION } from "../../../lib/sop_class.ts";
import {
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../../../lib/transfer_syntax.ts";
import { answer, type Arrived } from "./drain.ts";
import type { Connect } from "./net.ts";
import { associate, type Associated } from "./wire.ts";

const PATIENT_ROOT_MOVE = "1.2.840.10008.5.1.4.1.2.1.2";
const PATIENT_ROOT_GET = "1.2.840.10008.5.1.4.1.2.1.3";
const PENDING = 0xff00;

/**
 * Sends echoes over one association, each when the one before is answered.
 *
 * @param connect How to reach the peer.
 * @param count How many.
 * @returns The seconds of the echoes alone.
 */
export async function echo(connect: Connect, count: number): Promise<number> {
  const association = await verification(connect);
  using _wire = association.wire;
  const start = performance.now();
  for (let messageId = 1; messageId <= count; messageId++) await echoOnce(association, messageId);
  const seconds = (performance.now() - start) / 1000;
  await association.release();
  return seconds;
}

/**
 * Opens associations, one after the other, each for one echo.
 *
 * @param connect How to reach the peer.
 * @param count How many.
 * @returns The seconds from the first connection to the last release.
 */
export async function associateOften(connect: Connect, count: number): Promise<number> {
  const start = performance.now();
  for (let number = 0; number < count; number++) {
    const association = await verification(connect);
    using _wire = association.wire;
    await echoOnce(association, 1);
    await association.release();
  }
  return (performance.now() - start) / 1000;
}

/** What is retrieved, and from whom. */
export interface Retrieval {
  readonly connect: Connect;
  readonly aeTitle: string;
  readonly patientId: string;
}

/**
 * Retrieves a patient by C-MOVE.
 *
 * @param retrieval What.
 * @param destination The AE title that it goes to.
 * @returns The seconds from the connection to the release.
 */
export async function move(retrieval: Retrieval, destination: string): Promise<number> {
  const start = performance.now();
  const association = await associate(
    await retrieval.connect(),
    [{ abstractSyntax: PATIENT_ROOT_MOVE, transferSyntax: EXPLICIT_VR_LITTLE_ENDIAN }],
    retrieval.aeTitle,
  );
  using wire = association.wire;
  await wire.send(1, {
    type: "C-MOVE-RQ",
    messageId: 1,
    affectedSopClassUid: PATIENT_ROOT_MOVE,
    priority: 0,
    moveDestination: destination,
    hasDataSet: true,
  }, identifier(retrieval.patientId));
  await untilFinal(association);
  await association.release();
  return (performance.now() - start) / 1000;
}

/**
 * Retrieves a patient by C-GET.
 *
 * @param retrieval What.
 * @param storageClasses The SOP classes that it has.
 * @returns The seconds from the connection to the release, and what came.
 */
export async function get(
  retrieval: Retrieval,
  storageClasses: readonly string[],
): Promise<Arrived & { readonly seconds: number }> {
  const start = performance.now();
  const transferSyntax = EXPLICIT_VR_LITTLE_ENDIAN;
  const association = await associate(
    await retrieval.connect(),
    [
      { abstractSyntax: PATIENT_ROOT_GET, transferSyntax },
      ...storageClasses.map((abstractSyntax) => ({ abstractSyntax, transferSyntax, isScp: true })),
    ],
    retrieval.aeTitle,
  );
  using wire = association.wire;
  await wire.send(1, {
    type: "C-GET-RQ",
    messageId: 1,
    affectedSopClassUid: PATIENT_ROOT_GET,
    priority: 0,
    hasDataSet: true,
  }, identifier(retrieval.patientId));
  const arrived = await untilFinal(association);
  await association.release();
  return { ...arrived, seconds: (performance.now() - start) / 1000 };
}

async function untilFinal({ wire }: Associated): Promise<Arrived> {
  let [instances, bytes] = [0, 0];
  while (true) {
    const seen = await wire.next();
    if (seen?.kind !== "message") throw new Error("The peer ended the association");
    const { message } = seen;
    if (message.type === "C-STORE-RQ") {
      const arrived = await answer(wire, seen.contextId, message);
      instances += arrived.instances;
      bytes += arrived.bytes;
      continue;
    }
    if (message.type !== "C-MOVE-RSP" && message.type !== "C-GET-RSP") {
      throw new Error(`The peer answered the retrieve with ${message.type}`);
    }
    if (message.hasDataSet) await wire.skipDataSet();
    if (message.status === PENDING) continue;
    if (message.status === 0) return { instances, bytes };
    throw new Error(`The peer answered the retrieve with status ${message.status.toString(16)}`);
  }
}

function identifier(patientId: string): Uint8Array {
  const dataSet = new DataSet();
  for (const key of ["QueryRetrieveLevel=PATIENT", `PatientID=${patientId}`]) {
    applyKeywordPath(dataSet, key);
  }
  return encodeDataSet(dataSet, EXPLICIT_VR_LITTLE_ENDIAN);
}

async function verification(connect: Connect): Promise<Associated> {
  const syntax = { abstractSyntax: VERIFICATION, transferSyntax: IMPLICIT_VR_LITTLE_ENDIAN };
  return associate(await connect(), [syntax], "STORESCP");
}

async function echoOnce({ wire }: Associated, messageId: number): Promise<void> {
  await wire.send(1, {
    type: "C-ECHO-RQ",
    messageId,
    affectedSopClassUid: VERIFICATION,
    hasDataSet: false,
  });
  const seen = await wire.next();
  if (seen?.kind !== "message" || seen.message.type !== "C-ECHO-RSP") {
    throw new Error("The peer did not answer the C-ECHO");
  }
}
