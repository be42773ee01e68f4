/**
 * Asks an archive to send one series of a patient to us: a move SCU and a storage SCP in one
 * application entity. The archive must know our AE title, our host and the port.
 *
 * Run it with `deno run --allow-net move_scu_with_storage_scp.ts HOST PORT CALLED-AE OUR-AE OUR-PORT
 * PATIENT-ID STUDY-UID SERIES-UID`.
 *
 * @module
 */

import {
  applyKeywordPath,
  associate,
  cMove,
  DataSet,
  formatStatus,
  PATIENT_ROOT_MOVE,
  serve,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "@dicom/dimse";

const [hostname = "127.0.0.1", port = "11112", calledAeTitle = "ANY-SCP", ...rest] = Deno.args;
const [aeTitle = "OUR_STORE_SCP", ourPort = "11120", patientId = "1234567", ...uids] = rest;
const [study = "1.2.3", series = "1.2.3.4"] = uids;

// Every storage SOP class is accepted in every transfer syntax; the bytes are counted and dropped.
await using _server = serve({
  port: Number(ourPort),
  aeTitle,
  handlers: {
    async store(request) {
      let bytes = 0;
      for await (const chunk of request.dataSet) bytes += chunk.byteLength;
      console.log(`Received ${request.sopInstanceUid}: ${bytes} bytes`);
      return 0x0000;
    },
  },
});

const identifier = new DataSet();
applyKeywordPath(identifier, "QueryRetrieveLevel=SERIES");
applyKeywordPath(identifier, `PatientID=${patientId}`);
applyKeywordPath(identifier, `StudyInstanceUID=${study}`);
applyKeywordPath(identifier, `SeriesInstanceUID=${series}`);

await using association = await associate({
  hostname,
  port: Number(port),
  callingAeTitle: aeTitle,
  calledAeTitle,
  presentationContexts: [{
    abstractSyntax: PATIENT_ROOT_MOVE,
    transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES,
  }],
});
const responses = cMove(association, {
  sopClassUid: PATIENT_ROOT_MOVE,
  moveDestination: aeTitle,
  identifier,
});
for await (const { status, counters } of responses) {
  console.log(`C-MOVE status ${formatStatus(status)}`, counters);
}
