/**
 * A move SCP over a folder of DICOM files: sends the instances that match to the destinations that it
 * knows. It reads all of the folder for each request; in reality the attributes are in a database.
 *
 * Run it with `deno run --allow-net --allow-read move_scp.ts PORT FOLDER AE@HOST:PORT…`.
 *
 * @module
 */

import {
  type DataSet,
  decodeFile,
  decodeFileMeta,
  matchesIdentifier,
  parseAeAddress,
  serve,
} from "@dicom/dimse";
import type { StoredInstance } from "@dicom/dimse/handler";

const [port = "11112", folder = ".", ...destinations] = Deno.args;
const addresses = destinations.map(parseAeAddress);

const QUERY_RETRIEVE_LEVEL = 0x00080052;
const SOP_CLASS_UID = 0x00080016;
const SOP_INSTANCE_UID = 0x00080018;
const PIXEL_DATA = 0x7fe00010;

/** The attributes of a file, and how to send it. */
async function readInstance(path: string): Promise<[DataSet, StoredInstance] | undefined> {
  const bytes = await Deno.readFile(path);
  try {
    const { dataSet, transferSyntaxUid } = decodeFile(bytes, { stopBefore: PIXEL_DATA });
    const { dataSetOffset = 0 } = decodeFileMeta(bytes, true) ?? {};
    return [dataSet, {
      sopClassUid: dataSet.getString(SOP_CLASS_UID) ?? "",
      sopInstanceUid: dataSet.getString(SOP_INSTANCE_UID) ?? "",
      transferSyntaxUid,
      async open() {
        const file = await Deno.open(path);
        await file.seek(dataSetOffset, Deno.SeekMode.Start);
        return file.readable;
      },
    }];
  } catch (error) {
    console.error(`Cannot serve ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

await using server = serve({
  port: Number(port),
  handlers: {
    // Without an address the answer is 0xA801, and nothing is looked for.
    resolveMoveDestination: (aeTitle) => addresses.find((address) => address.aeTitle === aeTitle),

    async *locate({ identifier, association, moveDestination }) {
      if (!identifier.has(QUERY_RETRIEVE_LEVEL)) {
        // What is thrown with a status is the reply.
        throw Object.assign(new TypeError("Query/Retrieve Level is missing"), {
          status: 0xa900,
          offendingElements: [QUERY_RETRIEVE_LEVEL],
        });
      }
      console.log(`${association.callingAeTitle} moves to ${moveDestination ?? "itself"}`);
      for await (const entry of Deno.readDir(folder)) {
        const [dataSet, instance] = await readInstance(`${folder}/${entry.name}`) ?? [];
        // Counting, pending responses, C-CANCEL and the final status are the library's.
        if (dataSet && instance && matchesIdentifier(identifier, dataSet)) yield instance;
      }
    },
  },
});
console.log(`Serving ${folder} on port ${server.addr.port}`);
await server.finished;
