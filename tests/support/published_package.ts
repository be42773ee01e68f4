/**
 * This package as it is published: the files that `deno publish` would send, as JSR keeps them.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { type CommandOutput, run } from "./command.ts";
import type { JsrPackages } from "./jsr_registry.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What of `deno.json` matters here. */
export interface PackageConfig {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, string>>;
}

/**
 * Reads `deno.json`.
 *
 * @returns What of it matters here.
 */
export async function packageConfig(): Promise<PackageConfig> {
  return JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
}

/**
 * Does all of publishing but the sending.
 *
 * @param args More arguments.
 * @returns What Deno says.
 */
export function rehearsePublishing(...args: readonly string[]): Promise<CommandOutput> {
  return run(Deno.execPath(), ["publish", "--dry-run", "--allow-dirty", ...args], {
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
}

/**
 * The package, for a registry.
 *
 * @returns It.
 */
export async function publishedPackage(): Promise<JsrPackages> {
  const { name, version, exports, imports } = await packageConfig();
  const { stderr, stdout } = await rehearsePublishing("--no-check");
  const urls = [...`${stdout}\n${stderr}`.matchAll(/^\s*(file:\/\/\S+) \([\d.]+\w*\)$/gm)]
    .map(([, url = ""]) => url);
  if (urls.length === 0) throw new Error(`Cannot list what is published: ${stderr}`);
  const files = await Promise.all(urls.map(async (url) => {
    const path = fileURLToPath(url);
    const text = await Deno.readTextFile(path);
    const content = path.endsWith(".ts") ? withWholeSpecifiers(text, imports) : text;
    return [`/${path.slice(ROOT.length)}`, content] as const;
  }));
  return { [name]: { [version]: { files: Object.fromEntries(files), exports } } };
}

/** Publishing puts what a name in the import map stands for in its place. */
function withWholeSpecifiers(text: string, imports: PackageConfig["imports"]): string {
  return text.replace(
    /((?:from|import)\s*\(?\s*")((?:@[^/"]+\/)?[^/".:]+)((?:\/[^"]*)?")/g,
    (whole, before: string, name: string, rest: string) => {
      const target = imports[name];
      return target?.startsWith("npm:") ? `${before}${target}${rest}` : whole;
    },
  );
}
