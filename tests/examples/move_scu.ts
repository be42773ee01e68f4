/**
 * Asks an archive to send one series of a patient to a storage SCP that the archive knows.
 *
 * Run it with `deno run --allow-net move_scu.ts HOST PORT CALLED-AE DESTINATION-AE PATIENT-ID STUDY-UID
 * SERIES-UID`.
 *
 * @module
 */

import {
  applyKeywordPath,
  associate,
  cMove,
  DataSet,
  describeStatus,
  dumpDataSet,
  formatStatus,
  PATIENT_ROOT_MOVE,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "@dicom/dimse";

const [hostname = "127.0.0.1", port = "11112", calledAeTitle = "ANY-SCP", ...rest] = Deno.args;
const [moveDestination = "STORE_SCP", patientId = "1234567", study = "1.2.3", series = "1.2.3.4"] =
  rest;

const identifier = new DataSet();
applyKeywordPath(identifier, "QueryRetrieveLevel=SERIES");
// One unique key for each level, from the patient down.
applyKeywordPath(identifier, `PatientID=${patientId}`);
applyKeywordPath(identifier, `StudyInstanceUID=${study}`);
applyKeywordPath(identifier, `SeriesInstanceUID=${series}`);

// Throws when the association is rejected or aborted, or there is no connection.
await using association = await associate({
  hostname,
  port: Number(port),
  callingAeTitle: "MOVESCU",
  calledAeTitle,
  presentationContexts: [{
    abstractSyntax: PATIENT_ROOT_MOVE,
    transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES,
  }],
});

const responses = cMove(association, {
  sopClassUid: PATIENT_ROOT_MOVE,
  moveDestination,
  identifier,
});
for await (const { status, counters, identifier } of responses) {
  console.log(`${formatStatus(status)} ${describeStatus(status, "C-MOVE")}`, counters);
  // With some failures comes the list of the instances that failed.
  if (identifier !== undefined) console.log(dumpDataSet(identifier).join("\n"));
}
