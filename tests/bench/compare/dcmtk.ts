/**
 * DCMTK's tools, as they come and tuned: without Nagle's algorithm, with the longest PDUs that they
 * know, and writing what they receive as it comes.
 *
 * @module
 */

import { dcmqrscpConfiguration } from "../../support/dcmqrscp.ts";
import { find, outputOf, type Program } from "./process.ts";
import type { Found, Toolkit } from "./toolkit.ts";

const TUNED_ENVIRONMENT = { TCP_NODELAY: "1" };
const RECEIVE_LONG = ["-pdu", "131072"];
const SEND_LONG = ["--max-send-pdu", "131072"];

/** Toolkits of DCMTK. */
export function dcmtk(): Found {
  const storescp = find("storescp");
  const banner = storescp === undefined
    ? ""
    : outputOf({ command: storescp, args: ["--version"], env: {} });
  const version = /dcmtk: storescp v(\S+)/.exec(banner)?.[1];
  if (version === undefined) {
    return { toolkits: [], missing: ["DCMTK: there is no storescp of DCMTK on PATH"] };
  }
  return { toolkits: [tools(version, true), tools(version, false)], missing: [] };
}

function tools(version: string, isTuned: boolean): Toolkit {
  const env: Record<string, string> = isTuned ? TUNED_ENVIRONMENT : {};
  const receiving = isTuned ? [...RECEIVE_LONG, "+B"] : [];
  const program = (command: string, args: readonly string[]): Program => ({ command, args, env });
  return {
    name: isTuned ? "DCMTK tuned" : "DCMTK",
    kind: isTuned ? "tuned" : "plain",
    version,
    storescp: ({ port, directory, associations, tls }) =>
      program("storescp", [
        ...[...receiving, ...(associations > 1 && isTuned ? ["--fork"] : [])],
        ...(tls === undefined ? [] : ["+tls", tls.key, tls.cert, "-ic"]),
        ...["-od", directory, String(port)],
      ]),
    storescu: ({ port, data, ca }) =>
      program("storescu", [
        ...(isTuned ? SEND_LONG : []),
        ...(ca === undefined ? [] : ["+tla", "+cf", ca]),
        ...["+sd", "+r", ca === undefined ? "127.0.0.1" : "localhost"],
        ...[String(port), data.directory],
      ]),
    echoscu: (port) => program("echoscu", ["127.0.0.1", String(port)]),
    // With +B, movescu writes to its current directory whatever -od says.
    movescu: ({ archive, aeTitle, storePort, patientId, directory }) => ({
      ...program("movescu", [
        ...[...receiving, "-P", "-aet", aeTitle, "-aem", aeTitle, "-aec", archive.aeTitle],
        ...["-k", "QueryRetrieveLevel=PATIENT", "-k", `PatientID=${patientId}`],
        ...["+P", String(storePort), "-od", directory, "127.0.0.1", String(archive.port)],
      ]),
      cwd: directory,
    }),
    getscu: ({ archive, aeTitle, patientId, directory }) =>
      program("getscu", [
        ...[...receiving, "-P", "-aet", aeTitle, "-aec", archive.aeTitle],
        ...["-k", "QueryRetrieveLevel=PATIENT", "-k", `PatientID=${patientId}`],
        ...["-od", directory, "127.0.0.1", String(archive.port)],
      ]),
    async qrscp({ port, aeTitle, data, directory, destinations }) {
      const area = `${directory}/area`;
      await Deno.mkdir(area, { recursive: true });
      for (let at = 0; at < data.files.length; at += FILES_AT_ONCE) {
        const paths = data.files.slice(at, at + FILES_AT_ONCE).map(({ path }) => path);
        outputOf({ command: "dcmqridx", args: [area, ...paths] });
      }
      const configuration = `${directory}/dcmqrscp.cfg`;
      await Deno.writeTextFile(
        configuration,
        dcmqrscpConfiguration({
          ...{ port, aeTitle, area, moveDestinations: destinations },
          maximumLength: isTuned ? 131072 : 16384,
        }),
      );
      return program("dcmqrscp", ["-dhl", "-c", configuration]);
    },
  };
}

const FILES_AT_ONCE = 1000;
