/**
 * What one C-STORE costs in JavaScript alone: no socket, no file, no promise. An association in
 * memory takes requests and answers them, a scanner walks over each data set, and the head of its
 * file is encoded.
 *
 * Run: `deno run tests/bench/message_bench.ts [instances] [elements]`. It prints the CPU time of one
 * instance in microseconds; a few hundred instances in a fresh process are the cold case.
 *
 * @module
 */

import process from "node:process";
import { AssociationCore } from "../../lib/association/core.ts";
import { associationAccept, associationRequest } from "../../lib/association/negotiation.ts";
import { DEFAULT_TIMEOUTS } from "../../lib/association/timers.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { DataSetScanner } from "../../lib/data_set/scanner.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import { fragmentMessage } from "../../lib/dimse/fragmenter.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { responseTo } from "../../lib/dimse/response.ts";
import { Alarm } from "../../lib/net/alarm.ts";
import { encodePdu } from "../../lib/pdu/encoder.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const SPECIFIC_CHARACTER_SET = 0x00080005;
const SOP_CLASS_UID = 0x00080016;
const SOP_INSTANCE_UID = 0x00080018;
const PIXEL_BYTES = 10 * 1024;
const MAXIMUM_LENGTH = 128 * 1024;

/** A number on the command line. */
function countAt(index: number, otherwise: number): number {
  return Number(Deno.args[index] ?? otherwise);
}

/** One C-STORE-RQ, as the peer sends it. */
function storeRequest(elements: number): Uint8Array {
  const uid = "1.2.826.0.1.3680043.8.498.12345678901234567890";
  const command = encodeMessage({
    type: "C-STORE-RQ",
    messageId: 7,
    affectedSopClassUid: CT,
    affectedSopInstanceUid: uid,
    priority: 0,
    hasDataSet: true,
  });
  const dataSet = new DataSet()
    .set({ tag: SOP_CLASS_UID, vr: "UI", value: encodeStrings("UI", [CT], []) })
    .set({ tag: SOP_INSTANCE_UID, vr: "UI", value: encodeStrings("UI", [uid], []) });
  for (let index = 3; index < elements; index++) {
    dataSet.set({
      tag: 0x00181000 + index,
      vr: "LO",
      value: encodeStrings("LO", ["some text"], []),
    });
  }
  dataSet.set({ tag: 0x7fe00010, vr: "OW", value: new Uint8Array(PIXEL_BYTES) });
  return fragmentMessage(1, command, encodeDataSet(dataSet, EXPLICIT), MAXIMUM_LENGTH);
}

/** The acceptor's side of an association that stands. */
function accepted(): AssociationCore {
  const core = AssociationCore.acceptor({
    maximumLength: MAXIMUM_LENGTH,
    timeouts: DEFAULT_TIMEOUTS,
  }, 0);
  core.receive(
    encodePdu(associationRequest({
      callingAeTitle: "BENCH",
      calledAeTitle: "STORE",
      presentationContexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
      maximumLength: MAXIMUM_LENGTH,
    })),
    0,
  );
  const event = core.nextEvent(0);
  if (event?.type !== "association-requested") throw new TypeError(`Saw ${event?.type}`);
  core.accept(
    associationAccept(event.request, {
      select: (_uid, [first]) => first ?? 4,
      maximumLength: MAXIMUM_LENGTH,
    }),
    0,
  );
  core.takeOutput();
  return core;
}

/** Takes requests and answers them; returns the bytes made, so that nothing is optimised away. */
function serve(core: AssociationCore, request: Uint8Array, instances: number): number {
  const clock = { now: () => performance.now(), schedule: () => () => {} };
  const nothing = (): number | undefined => undefined;
  const alarm = new Alarm(
    clock,
    () => [core.nextDeadline, nothing(), nothing(), nothing()],
    () => {},
  );
  let made = 0;
  for (let index = 0; index < instances; index++) {
    core.receive(request, clock.now());
    let scanner: DataSetScanner | undefined;
    for (
      let event = core.nextEvent(clock.now());
      event !== undefined;
      event = core.nextEvent(clock.now())
    ) {
      if (event.type === "message" && event.message.type === "C-STORE-RQ") {
        core.operationStarted();
        scanner = new DataSetScanner(EXPLICIT, {
          collect: [SPECIFIC_CHARACTER_SET, SOP_CLASS_UID, SOP_INSTANCE_UID],
        });
        made += encodeFileMeta({
          sopClassUid: event.message.affectedSopClassUid,
          sopInstanceUid: event.message.affectedSopInstanceUid,
          transferSyntaxUid: EXPLICIT,
          implementationClassUid: "2.25.222765173003240025325639347550123677281",
          implementationVersionName: "DICOM_DIMSE_0_1",
          sourceAeTitle: "BENCH",
        }).length;
        const response = responseTo(event.message, { status: 0 });
        core.send(event.contextId, response, undefined, clock.now());
        alarm.set();
      } else if (event.type === "data") {
        scanner?.push(event.data);
        if (event.isLast) scanner?.finish();
      }
    }
    for (const bytes of core.takeOutput()) made += bytes.length;
    core.operationEnded(clock.now());
    alarm.set();
  }
  return made;
}

if (import.meta.main) {
  const instances = countAt(0, 20_000);
  const request = storeRequest(countAt(1, 8));
  const core = accepted();
  const before = process.cpuUsage();
  serve(core, request, instances);
  const { user, system } = process.cpuUsage(before);
  const microseconds = (user + system) / instances;
  Deno.stdout.writeSync(new TextEncoder().encode(`${microseconds.toFixed(2)}\n`));
}
