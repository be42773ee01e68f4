/**
 * A user's handler that is compiled into an executable.
 *
 * @module
 */

import { isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UsageError } from "../cli/exit_code.ts";
import type { HandlerChoice } from "./compile_options.ts";
import type { HandlerReport } from "./handler_probe.ts";
import type { HandlerRights } from "./program.ts";

/**
 * The specifier that imports a handler.
 *
 * @param specifier As the user gave it: a path, or a file:, https:, jsr:, npm: or data: URL.
 * @param directory What a relative path is relative to.
 * @returns A URL.
 * @throws {UsageError} When it is a name, or has a pin.
 */
export function handlerUrl(specifier: string, directory: string): string {
  if (/#sha256-/.test(specifier)) {
    throw new UsageError(
      `Cannot compile in handler ${specifier}: a pin is checked when an executable loads a handler, ` +
        "this one is inside; leave the pin out",
    );
  }
  // A scheme of one letter is a drive of Windows.
  const [, scheme] = /^([a-z][a-z0-9+.-]+):/i.exec(specifier) ?? [];
  if (scheme !== undefined && SCHEMES.includes(scheme.toLowerCase())) return specifier;
  if (scheme !== undefined) {
    throw new UsageError(
      `Cannot compile in handler ${specifier}: it must be a path, or a URL with one of ` +
        SCHEMES.map((each) => `${each}:`).join(", "),
    );
  }
  if (/^[a-z]+$/.test(specifier)) {
    throw new UsageError(
      `Cannot compile in handler ${specifier}: a handler of that name would be in the executable ` +
        `already; for a file, give ./${specifier}`,
    );
  }
  return pathToFileURL(resolve(directory, specifier)).href;
}

/**
 * The flags for Deno that let it load a handler: from its own host and from JSR, no others.
 *
 * @param url Where the handler is.
 * @returns The flags.
 */
export function importFlags(url: string): string[] {
  return url.startsWith("https:") ? [`--allow-import=${new URL(url).host},jsr.io:443`] : [];
}

/**
 * How a module imports a handler so that the executable finds it inside: by a relative path, for an
 * absolute one means a file of the computer that the executable runs on.
 *
 * @param workplace The directory of the module.
 * @param url The handler.
 * @returns A specifier.
 * @throws {UsageError} When there is no relative path.
 */
export function importFrom(workplace: string, url: string): string {
  if (!url.startsWith("file:")) return url;
  const path = relative(workplace, fileURLToPath(url));
  if (isAbsolute(path)) {
    throw new UsageError(
      `Cannot compile in handler ${path}: it is on another drive than the tools`,
    );
  }
  // A specifier is a URL: what has a meaning there is written in another way, as in the URL given.
  const relativePath = path.split(/[/\\]/).map(encodeURIComponent).join("/");
  return relativePath.startsWith("../") ? relativePath : `./${relativePath}`;
}

/**
 * Finds out what a handler needs to be allowed to do, without letting it do anything.
 *
 * @param choice The handler.
 * @param url Where it is.
 * @param workplace A directory for a file.
 * @param root The root of this package.
 * @returns What it may do, beside what the tool may.
 * @throws {UsageError} When it cannot be loaded, or is no handler.
 */
export async function examineHandler(
  choice: HandlerChoice,
  url: string,
  workplace: string,
  root: string,
): Promise<HandlerRights> {
  const probe = join(workplace, "probe.ts");
  const library = pathToFileURL(join(root, "build", "handler_probe.ts")).href;
  await Deno.writeTextFile(
    probe,
    [
      `import { reportHandler } from ${JSON.stringify(library)};`,
      `const report = await reportHandler(() => import(${JSON.stringify(url)}));`,
      // What the handler itself says at its start ends before this line.
      `console.log("\\n" + ${JSON.stringify(REPORT)} + JSON.stringify(report));`,
      "Deno.exit();",
      "",
    ].join("\n"),
  );
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-check", "--no-lock"],
      ...["--config", join(root, "deno.json"), ...importFlags(url), probe],
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const report = success
    ? reportIn(text.decode(stdout))
    : { problem: firstLine(text.decode(stderr)), env: [], run: [] };
  if (report.problem !== undefined) {
    throw new UsageError(
      `Cannot compile in handler ${choice.specifier}: ${
        report.problem.replace(/\s+/g, " ").trim()
      }`,
    );
  }
  return {
    env: [...new Set([...report.env, ...choice.env])],
    run: [...new Set([...report.run, ...choice.run])],
  };
}

/** The report is the last line. */
function reportIn(output: string): HandlerReport {
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  if (line.startsWith(REPORT)) return JSON.parse(line.slice(REPORT.length));
  return { problem: "it ends the program that imports it", env: [], run: [] };
}

function firstLine(text: string): string {
  return text.split("\n")[0]?.replace(/^error: (Uncaught )?/, "") ?? "";
}

const REPORT = "handler report: ";
const SCHEMES: readonly string[] = ["file", "https", "jsr", "npm", "data"];
