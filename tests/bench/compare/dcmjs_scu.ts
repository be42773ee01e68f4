/**
 * What dcmjs-dimse's client sends, as its documentation shows it: a port, and a directory whose
 * files are sent by C-STORE; without one, a C-ECHO.
 *
 * @module
 */

import dcmjsDimse from "dcmjs-dimse";

const { Client, constants, requests } = dcmjsDimse;
const [port, directory] = Deno.args;

const client = new Client();
const add = (request: InstanceType<typeof requests.Request>): void => {
  request.on("response", (response) => {
    if (response.getStatus() !== constants.Status.Success) Deno.exit(1);
  });
  client.addRequest(request);
};
if (directory === undefined) add(new requests.CEchoRequest());
else for (const path of filesOf(directory)) add(new requests.CStoreRequest(path));
client.on("networkError", () => Deno.exit(1));
client.send("127.0.0.1", Number(port), "SCU", "ANY-SCP");

function* filesOf(directory: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (isDirectory) yield* filesOf(`${directory}/${name}`);
    else yield `${directory}/${name}`;
  }
}
