/**
 * How the commands of the documents are run here: what stands for the reader's own hosts, ports and
 * directories, what does not end with 0, and what cannot be run, and why.
 *
 * @module
 */

import { ROOT } from "./documents.ts";

/** What is written in the documents, what is run instead, and what it is. */
export type Substitution = readonly [written: string | RegExp, run: string, what: string];

/** Where things are, here. */
export interface Places {
  /** Of the archive. */
  readonly archivePort: number;
  readonly worklistPort: number;
  readonly workstationPort: number;
  /** Where the archive sends what it is asked to send to us. */
  readonly storePort: number;
  /** The directory that commands run in. */
  readonly directory: string;
}

/**
 * What is substituted in every command, one after the other.
 *
 * @param places Where things are, here.
 * @returns The table.
 */
export function substitutions(places: Places): Substitution[] {
  const local = (port: number): string => `127.0.0.1:${port}`;
  const server = "-ba 127.0.0.1";
  return [
    ["pacs.example.org:104", local(places.archivePort), "the archive"],
    ["pacs.example.org 104", `127.0.0.1 ${places.archivePort}`, "the archive"],
    ["PACS@pacs:104", `PACS@${local(places.archivePort)}`, "the archive, short"],
    ["RIS@ris.example.org:104", `WORKLIST@${local(places.worklistPort)}`, "the worklist"],
    ["WS@ws.example.org:104", `WS@${local(places.workstationPort)}`, "the workstation"],
    [
      /--store(?= |$)/gm,
      `--store --store-host 127.0.0.1 --store-port ${places.storePort}`,
      "a free port in the place of 11113",
    ],
    [/^(qrscp .*)-p 104/g, "$1", "a free port in the place of 104"],
    [/^qrscp/g, `qrscp -p 0 ${server}`, "a free port in the place of 11112"],
    [/^storescp 104 /, `storescp 0 ${server} `, "a free port in the place of 104"],
    [/^storescp(?! 0 )/, `storescp 0 ${server}`, "a free port in the place of 11112"],
    [/^npx -y deno@[\d.]+ task demo/g, `cd '${ROOT}' && deno task demo`, "this Deno"],
    [/^(deno run .*)(?=cli\/)/g, `cd '${ROOT}' && $1`, "the checkout"],
    ["/srv/dicom", `${places.directory}/srv`, "a directory of the server"],
  ];
}

/** Commands that do not end with 0: what is in them, and what they end with. */
export const EXIT_CODES: readonly (readonly [part: string, code: number, why: string])[] = [
  ["--store-aet NOBODY", 7, "the archive does not know this move destination"],
  [" OTHER@", 4, "the archive has another AE title"],
];

/** Commands that are not run here: what is in them, why not, and of which document if not of all. */
export const NOT_RUN: readonly (readonly [pattern: RegExp, why: string, path?: string])[] = [
  [/^deno install -g .* jsr:/, "tests/packaging/jsr_test.ts runs them from a registry of its own"],
  [/\bjsr:@dicom\/dimse\//, "tests/packaging/jsr_test.ts runs them from a registry of its own"],
  [/^deno task bench/, "it measures for hours; tests/bench/compare_test.ts tests its parts"],
  [/^deno task compile/, "tests/packaging/executables_test.ts makes executables"],
  [/^npx -y deno@[\d.]+ task test$/, "it runs this test"],
  [/https:\/\/example\.org\//, "tests/interop/handlers_test.ts has an HTTPS server"],
  [/ --tls /, "tests/interop/tls_test.ts has certificates"],
  [/jsr:@me\//, "tests/packaging/jsr_test.ts has handlers from a registry"],
  [/^deno test --allow-all count_test\.ts$/, "tests/conformance/guide_test.ts runs it"],
  [/^storescu --resume/, "tests/interop/resume_killed_test.ts lets it write", "docs/tools.md"],
  [/^storescp -v/, "tests/conformance/guide_test.ts runs it", "docs/handlers.md"],
];

/** Programs that may not be installed, by what shows that a command needs them. */
export const PROGRAMS: readonly (readonly [pattern: RegExp, program: string])[] = [
  [/\bjq /, "jq"],
  [/^openssl /, "openssl"],
];

/** What has to be there after a command: what is in it, and a file of the directory it ran in. */
export const LEAVES: readonly (readonly [part: string, path: string])[] = [
  ["StudyInstanceUID=1.2.840.1 --store --store-aet ME -od in", "in/CT.1.2.840.1.2.2"],
  ["getscu PACS@pacs.example.org:104 -k StudyInstanceUID=1.2.840.2 -od in", "in/MR.1.2.840.2.1.3"],
  ["> uids.txt", "uids.txt"],
  ["--filename '{PatientID}", "in/4711/20240311/CT.1.2.840.1.1.1.dcm"],
  ["done < uids.txt", "in/1.2.840.2/MR.1.2.840.2.1.3"],
];

/** Commands that serve until they are told to stop. */
export const SERVERS: RegExp = /^(storescp|qrscp)\b/;
