/**
 * The other peers, as they come: pynetdicom, dicom-rs, dcmjs-dimse and dcm4che.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pynetdicomPython } from "../../support/peer_programs.ts";
import { pynetdicomConfiguration } from "../../support/pynetdicom_qrscp.ts";
import { find, outputOf, type Program } from "./process.ts";
import type { Found, Toolkit } from "./toolkit.ts";

/** The applications of pynetdicom. */
export function pynetdicom(): Found {
  const python = pynetdicomPython();
  if (python === undefined) {
    return { toolkits: [], missing: ["pynetdicom: no Python has it"] };
  }
  const version = outputOf({
    command: python,
    args: ["-c", "import pynetdicom; print(pynetdicom.__version__)"],
  }).trim();
  const app = (name: string, args: readonly string[]): Program => ({
    command: python,
    args: ["-m", "pynetdicom", name, ...args],
  });
  const toolkit: Toolkit = {
    name: "pynetdicom",
    kind: "peer",
    version,
    storescp: ({ port, directory }) =>
      app("storescp", [String(port), "-ba", "127.0.0.1", "-od", directory]),
    storescu: ({ port, data }) =>
      app("storescu", ["-r", "-cx", "127.0.0.1", String(port), data.directory]),
    echoscu: (port) => app("echoscu", ["127.0.0.1", String(port)]),
    movescu: ({ archive, aeTitle, storePort, patientId, directory }) =>
      app("movescu", [
        ...["127.0.0.1", String(archive.port), "-aet", aeTitle, "-aec", archive.aeTitle],
        ...["-aem", aeTitle, "--store", "--store-aet", aeTitle, "--store-port", String(storePort)],
        ...["-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", `PatientID=${patientId}`],
        ...["-od", directory],
      ]),
    getscu: ({ archive, aeTitle, patientId, directory }) =>
      app("getscu", [
        ...["127.0.0.1", String(archive.port), "-aet", aeTitle, "-aec", archive.aeTitle],
        ...["-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", `PatientID=${patientId}`],
        ...["-od", directory],
      ]),
    isArchiveFed: true,
    async qrscp({ port, aeTitle, directory, destinations }) {
      const configuration = `${directory}/qrscp.ini`;
      await Deno.writeTextFile(
        configuration,
        pynetdicomConfiguration(port, aeTitle, directory, destinations),
      );
      return app("qrscp", ["-c", configuration]);
    },
  };
  return { toolkits: [toolkit], missing: [] };
}

/**
 * The tools of dicom-rs.
 *
 * @param directory Where to look before `PATH`.
 */
export function dicomRs(directory: string | undefined): Found {
  const folders = directory === undefined ? [] : [directory];
  const paths = new Map(["storescp", "storescu", "echoscu", "movescu"].map((name) => [
    name,
    find(`dicom-${name}`, folders),
  ]));
  const absent = [...paths].filter(([, path]) => path === undefined).map(([name]) => name);
  if (absent.length === paths.size) {
    return { toolkits: [], missing: ["dicom-rs: no dicom-storescp on PATH or in --dicom-rs"] };
  }
  const storescp = paths.get("storescp");
  const storescu = paths.get("storescu");
  const echoscu = paths.get("echoscu");
  const movescu = paths.get("movescu");
  const any = [...paths.values()].find((path) => path !== undefined) ?? "";
  const toolkit: Toolkit = {
    name: "dicom-rs",
    kind: "peer",
    version: outputOf({ command: any, args: ["--version"] }).trim().replace(/^\S+ /, ""),
    ...(storescp && {
      storescp: ({ port, directory, associations }) => ({
        command: storescp,
        args: ["-p", String(port), "-o", directory, ...(associations > 1 ? ["-n"] : [])],
      }),
    }),
    ...(storescu && {
      storescu: ({ port, data }) => ({
        command: storescu,
        args: ["--fail-first", `127.0.0.1:${port}`, data.directory],
      }),
    }),
    ...(echoscu && {
      echoscu: (port) => ({ command: echoscu, args: [`127.0.0.1:${port}`] }),
    }),
    ...(movescu && {
      movescu: ({ archive, aeTitle, storePort, patientId, directory }) => ({
        command: movescu,
        args: [
          ...["--calling-ae-title", aeTitle, "--called-ae-title", archive.aeTitle],
          ...["--move-destination", aeTitle, "-p", String(storePort), "-o", directory, "-P"],
          ...["-q", "QueryRetrieveLevel=PATIENT", "-q", `PatientID=${patientId}`],
          `127.0.0.1:${archive.port}`,
        ],
      }),
    }),
  };
  const missing = absent.length === 0 ? [] : [`dicom-rs: no ${absent.join(", ")}`];
  return { toolkits: [toolkit], missing };
}

/** dcmjs-dimse has no tools: programs as in its documentation, run by this Deno. */
export function dcmjsDimse(): Found {
  const program = (name: string, args: readonly string[]): Program => ({
    command: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--cached-only", "--no-check", "--allow-all", "--config", CONFIG],
      ...[fileURLToPath(new URL(`./dcmjs_${name}.ts`, import.meta.url)), ...args],
    ],
  });
  const version = outputOf({
    command: Deno.execPath(),
    args: ["eval", "--config", CONFIG, 'import "dcmjs-dimse"; console.log("here")'],
  });
  if (!version.includes("here")) {
    return { toolkits: [], missing: ["dcmjs-dimse: it is not in Deno's cache, and cannot be had"] };
  }
  const toolkit: Toolkit = {
    name: "dcmjs-dimse",
    kind: "peer",
    version: DCMJS_DIMSE,
    storescp: ({ port, directory }) => program("storescp", [String(port), directory]),
    storescu: ({ port, data }) => program("scu", [String(port), data.directory]),
    echoscu: (port) => program("scu", [String(port)]),
  };
  return { toolkits: [toolkit], missing: [] };
}

/** The tools of dcm4che. */
export function dcm4che(): Found {
  const home = Deno.env.get("DCM4CHE_HOME");
  const folder = home === undefined ? undefined : `${home}/bin`;
  const storescp = folder === undefined ? undefined : `${folder}/storescp`;
  if (storescp === undefined || find("storescp", [folder ?? ""]) !== storescp) {
    return { toolkits: [], missing: ["dcm4che: DCM4CHE_HOME is not set to where it is"] };
  }
  const toolkit: Toolkit = {
    name: "dcm4che",
    kind: "peer",
    version: /\d+\.\d+\.\d+/.exec(outputOf({ command: storescp, args: ["--version"] }))?.[0] ?? "?",
    storescp: ({ port, directory }) => ({
      command: storescp,
      args: ["-b", `STORESCP@127.0.0.1:${port}`, "--directory", directory],
    }),
    storescu: ({ port, data }) => ({
      command: `${folder}/storescu`,
      args: ["-c", `ANY-SCP@127.0.0.1:${port}`, data.directory],
    }),
  };
  return { toolkits: [toolkit], missing: [] };
}

const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));
const DCMJS_DIMSE = "0.3.3";
