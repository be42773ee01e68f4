/**
 * Our tools, run as users run them: from the sources with the permissions of their `deno run` line,
 * or as executables.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { leastFlags, TOOLS, V8_FLAGS } from "../../../cli/tools.ts";
import { VERSION } from "../../../cli/version.ts";
import { outputOf, type Program } from "./process.ts";
import type { Toolkit } from "./toolkit.ts";

const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

/** A variant of our tools. */
export interface OursOptions {
  /** The directory of compiled ones; the sources are run unless given. */
  readonly executables?: string | undefined;
}

/**
 * How one of our tools is run.
 *
 * @param name Its name.
 * @param args Its arguments.
 * @param options From the sources, or compiled.
 * @returns The program.
 */
export function ourTool(name: string, args: readonly string[], options: OursOptions): Program {
  const { executables } = options;
  if (executables !== undefined) return { command: `${executables}/${name}`, args };
  const tool = TOOLS.find((each) => each.name === name);
  if (tool === undefined) throw new TypeError(`There is no tool ${name}`);
  const script = fileURLToPath(new URL(`../../../cli/${name}.ts`, import.meta.url));
  return {
    command: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--cached-only", "--no-check", "--no-prompt", "--config", CONFIG],
      V8_FLAGS,
      ...[...leastFlags(tool), script, ...args],
    ],
  };
}

/**
 * Whether one of our tools has an option.
 *
 * @param name The tool.
 * @param option The option, such as `--tls`.
 * @param options From the sources, or compiled.
 * @returns What its help says.
 */
export function hasOption(name: string, option: string, options: OursOptions): boolean {
  return new RegExp(`^ +(-\\w+, )*${option}(?![\\w-])`, "m")
    .test(outputOf(ourTool(name, ["--help"], options)));
}

/**
 * Our tools.
 *
 * No peer waits for the medium, so the row that is compared does not either (`--no-durable`); what
 * storescp does unless told otherwise is a variant of its own.
 *
 * @param options From the sources, or compiled.
 * @returns The toolkit.
 */
export function ours(options: OursOptions): Toolkit {
  const tool = (name: string, args: readonly string[]): Program => ourTool(name, args, options);
  return {
    name: "ours",
    kind: "ours",
    version: VERSION,
    storescp: ({ port, directory, tls }) =>
      tool("storescp", [
        ...[String(port), "-ba", "127.0.0.1", "-od", directory, "--no-durable"],
        ...(tls === undefined ? [] : ["--tls", "--cert", tls.cert, "--key", tls.key]),
      ]),
    storescu: ({ port, data, ca }) =>
      tool("storescu", [
        ...(ca === undefined ? ["127.0.0.1"] : ["localhost"]),
        ...[String(port), "-r", data.directory],
        ...(ca === undefined ? [] : ["--tls", "--ca", ca]),
      ]),
    echoscu: (port) => tool("echoscu", ["127.0.0.1", String(port)]),
    movescu: ({ archive, aeTitle, storePort, patientId, directory }) =>
      tool("movescu", [
        ...["127.0.0.1", String(archive.port), "-aec", archive.aeTitle, "-aet", aeTitle],
        ...["--store", "--store-aet", aeTitle, "--store-port", String(storePort)],
        ...["-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", `PatientID=${patientId}`],
        ...["-td", "600", "-od", directory],
      ]),
    getscu: ({ archive, aeTitle, patientId, directory }) =>
      tool("getscu", [
        ...["127.0.0.1", String(archive.port), "-aec", archive.aeTitle, "-aet", aeTitle],
        ...["-P", "-k", "QueryRetrieveLevel=PATIENT", "-k", `PatientID=${patientId}`],
        ...["-td", "600", "-od", directory],
      ]),
    qrscp: ({ port, aeTitle, data, directory, destinations }) =>
      Promise.resolve(tool("qrscp", [
        ...["-p", String(port), "-ba", "127.0.0.1", "-aet", aeTitle],
        ...["--no-store", "--index", `${directory}/index.sqlite`, data.directory],
        ...destinations.flatMap((to) => [
          "--destination",
          `${to.aeTitle}=127.0.0.1:${to.port}`,
        ]),
      ])),
  };
}

/** Our storescp as it comes: an instance is confirmed when it is on the medium. */
export function oursDurable(options: OursOptions): Toolkit {
  return {
    name: "ours, durable",
    kind: "variant",
    version: VERSION,
    storescp: ({ port, directory }) =>
      ourTool("storescp", [String(port), "-ba", "127.0.0.1", "-od", directory], options),
  };
}

/** Our storescp with two workers. */
export function oursWorkers(options: OursOptions): Toolkit {
  return {
    name: "ours, 2 workers",
    kind: "variant",
    version: VERSION,
    storescp: ({ port, directory }) =>
      ourTool("storescp", [
        ...[String(port), "-ba", "127.0.0.1", "-od", directory, "--no-durable"],
        ...["--workers", "2"],
      ], options),
  };
}
