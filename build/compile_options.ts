/**
 * The command line of `deno task compile`.
 *
 * @module
 */

import { choice, string } from "@optique/core/valueparser";
import type { CommandLine } from "../cli/command_line.ts";
import { UsageError } from "../cli/exit_code.ts";
import { flagOption, listOption, positionals, valueOption } from "../cli/option.ts";
import { type OptionParser, section, sections } from "../cli/option_parser.ts";
import { directoryPath } from "../cli/path_parser.ts";
import { type Program, PROGRAMS } from "./program.ts";
import { hostTarget, type Target, TARGETS } from "./targets.ts";

/** The command line as it was given. */
type Arguments = {
  readonly names: readonly string[];
  readonly targets: readonly string[];
  readonly allTargets: boolean;
  readonly output: string | undefined;
  readonly handler: string | undefined;
  readonly handlerEnv: readonly string[];
  readonly handlerRun: readonly string[];
};

/** What is to be compiled. */
export interface CompileOptions {
  readonly programs: readonly Program[];
  readonly targets: readonly Target[];
  /** Where the executables go, those of named targets each into a directory of its own. */
  readonly output: string;
  /** Whether each target has its own directory. */
  readonly hasTargetDirectories: boolean;
  /** The user's handler to compile in. */
  readonly handler: HandlerChoice | undefined;
}

/** A handler to compile in. */
export interface HandlerChoice {
  /** Its path or URL. */
  readonly specifier: string;
  /** Environment variables that it may read, beside those that it declares. */
  readonly env: readonly string[];
  /** Programs that it may run, beside those that it declares. */
  readonly run: readonly string[];
}

function compileParser(): OptionParser<Arguments> {
  const names = choice(PROGRAMS.map(({ name }) => name), { metavar: "tool" });
  const targets = choice(TARGETS.map(({ name }) => name), { metavar: "TARGET" });
  return sections(
    section("Parameters", {
      names: positionals(names, "what to compile (default: all tools, and dimse)"),
    }),
    section("Options", {
      targets: listOption(
        ["--target"],
        targets,
        `for this kind of computer: ${TARGETS.map(({ name }) => name).join(", ")} ` +
          "(default: this computer's); may be repeated",
      ),
      allTargets: flagOption(["--all-targets"], "for all of them"),
      output: valueOption(["-o", "--output"], directoryPath(), "to this directory (default: dist)"),
      handler: valueOption(
        ["--handler"],
        string({ metavar: "SPECIFIER" }),
        "compile this handler in, a path or a file:, https:, jsr: or npm: URL: what the tools do " +
          "with instances unless told otherwise",
      ),
      handlerEnv: listOption(
        ["--handler-allow-env"],
        string({ metavar: "NAME" }),
        "let the handler read this environment variable; may be repeated",
      ),
      handlerRun: listOption(
        ["--handler-allow-run"],
        string({ metavar: "PROGRAM" }),
        "let the handler run this program; may be repeated",
      ),
    }),
  );
}

function resolveCompileOptions(given: Arguments): CompileOptions {
  const { names, handler, handlerEnv, handlerRun } = given;
  if (given.allTargets && given.targets.length > 0) {
    throw new UsageError("Cannot combine --all-targets and --target: give one of them");
  }
  if (handler === undefined && handlerEnv.length + handlerRun.length > 0) {
    throw new UsageError(
      "Cannot use --handler-allow-env and --handler-allow-run without --handler",
    );
  }
  const chosen = PROGRAMS.filter(({ name }) => names.length === 0 || names.includes(name));
  const programs = chosen.filter(({ hasHandlers }) => handler === undefined || hasHandlers);
  if (programs.length === 0) {
    throw new UsageError(`Cannot compile a handler into ${names.join(", ")}: it has none`);
  }
  const named = TARGETS.filter(({ name }) => given.allTargets || given.targets.includes(name));
  return {
    programs,
    targets: named.length > 0 ? named : [thisComputer()],
    output: given.output ?? "dist",
    hasTargetDirectories: named.length > 0,
    handler: handler === undefined
      ? undefined
      : { specifier: handler, env: handlerEnv, run: handlerRun },
  };
}

function thisComputer(): Target {
  const host = hostTarget();
  if (host !== undefined) return host;
  throw new UsageError(
    `Cannot compile for this computer, ${Deno.build.target}: name another by --target`,
  );
}

/**
 * The command line of `deno task compile`.
 *
 * @returns The command line.
 */
export function compileCommandLine(): CommandLine<Arguments, CompileOptions> {
  return {
    program: "compile",
    parser: compileParser(),
    resolve: resolveCompileOptions,
    help: {
      usage: ["[options] [tool ...]"],
      description: [
        "Makes executables of the tools, each with the permissions that it needs and no others, " +
        "and dimse, which is all tools in one. They need no runtime.",
      ],
      notes: [
        {
          title: "Examples",
          lines: [
            "  deno task compile",
            "  deno task compile dimse --all-targets",
            "  deno task compile storescp --handler ./mine.ts --handler-allow-env TOKEN",
          ],
        },
        {
          title: "Notes",
          lines: [
            "A handler that is compiled in gets the permissions that it declares, beside the tool's. " +
            "It is imported as if it were a file of this package: by its deno.json.",
            "SHA256SUMS, in the output directory, has the checksums.",
          ],
        },
      ],
    },
  };
}
