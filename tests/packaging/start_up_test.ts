/**
 * What each tool loads before it does anything: counted, since a clock in a test tells of the machine.
 * A module costs about 0.2 ms, a package or a module of Node's 3 to 50 ms; what a tool needs for some
 * options only, or when something fails, is imported when it comes to that.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { run } from "../support/command.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The parser of command lines: all tools have it, without its help, completions and messages. */
const OPTIQUE = [
  "@optique/core/constructs",
  "@optique/core/message",
  "@optique/core/modifiers",
  "@optique/core/parser",
  "@optique/core/primitives",
  "@optique/core/valueparser",
];
const DEFLATE = ["fflate/browser"];

interface Allowance {
  /** How many modules of this package. */
  readonly modules: number;
  /** How many kilobytes of their source. */
  readonly kilobytes: number;
  /** Packages, and modules of Node's. */
  readonly others: readonly string[];
}

const ALLOWED: Readonly<Record<string, Allowance>> = {
  echoscu: { modules: 85, kilobytes: 480, others: OPTIQUE },
  findscu: { modules: 125, kilobytes: 930, others: [...OPTIQUE, ...DEFLATE] },
  storescu: { modules: 125, kilobytes: 955, others: [...OPTIQUE, ...DEFLATE] },
  movescu: { modules: 142, kilobytes: 1005, others: [...OPTIQUE, ...DEFLATE] },
  getscu: {
    modules: 174,
    kilobytes: 1195,
    others: [...OPTIQUE, ...DEFLATE, "node:path", "node:url"],
  },
  storescp: { modules: 149, kilobytes: 1035, others: OPTIQUE },
  qrscp: { modules: 151, kilobytes: 1050, others: OPTIQUE },
};

/** What no tool loads at its start. */
const LATE = [
  /^cli\/(whole_command_line|help_page|version)\.ts$/,
  /^lib\/handler\/(graph_reader|remote_modules|module_hooks|sandbox|sandbox_worker|digest)\.ts$/,
  /^plugins\/(store|forward|archive)\.ts$/,
];

/** What echoscu does not load, whatever its command line is. */
const NOT_FOR_ECHO = [
  /^lib\/data_set\/(?!tag\.ts)/,
  /^lib\/(sop_class|storage_sop_class)\.ts$/,
  /^lib\/(handler|service)\/(?!verification\.ts)/,
  /^plugins\//,
];

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly size?: number;
    readonly dependencies?: readonly {
      readonly isDynamic?: boolean;
      readonly code?: { readonly specifier?: string };
    }[];
  }[];
}

/** The modules that an entry loads before it runs, with their sizes: those that it imports for types are not. */
async function loadedBy(entry: string): Promise<Map<string, number>> {
  const { stdout } = await run(Deno.execPath(), ["info", "--json", `${ROOT}${entry}`]);
  const graph: Graph = JSON.parse(stdout);
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const loaded = new Map<string, number>();
  const open = [new URL(`../../${entry}`, import.meta.url).href];
  for (let url = open.pop(); url !== undefined; url = open.pop()) {
    if (loaded.has(url)) continue;
    const module = modules.get(url);
    loaded.set(url, module?.size ?? 0);
    for (const { isDynamic, code } of module?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) open.push(code.specifier);
    }
  }
  return loaded;
}

/** `npm:/@scope/name@1.2.3/path` without the version. */
function nameOf(specifier: string): string {
  return specifier.replace(/^npm:\/?/, "").replace(/(?<=.)@[^/]*/, "");
}

for (const [tool, allowed] of Object.entries(ALLOWED)) {
  Deno.test(`${tool} loads at its start what it needs for every command line, and no more`, async () => {
    const loaded = await loadedBy(`cli/${tool}.ts`);
    const own = [...loaded].filter(([url]) => url.startsWith("file:"));
    const paths = own.map(([url]) => fileURLToPath(url).slice(ROOT.length));
    const others = [...loaded.keys()].filter((url) => !url.startsWith("file:")).map(nameOf);
    assert.deepEqual(others.filter((name) => !allowed.others.includes(name)), []);
    const late = tool === "echoscu" ? [...LATE, ...NOT_FOR_ECHO] : LATE;
    assert.deepEqual(paths.filter((path) => late.some((each) => each.test(path))), []);
    assert.ok(paths.length <= allowed.modules, `${paths.length} modules`);
    const kilobytes = Math.ceil(own.reduce((sum, [, size]) => sum + size, 0) / 1000);
    assert.ok(kilobytes <= allowed.kilobytes, `${kilobytes} kB`);
    // The graph was read: it is not empty.
    assert.ok(paths.includes(`cli/${tool}.ts`) && paths.length > allowed.modules / 2);
  });
}

/** Stands in for fflate, and says when it is evaluated. */
const TALKATIVE = `data:text/javascript,${
  encodeURIComponent(
    'console.log("evaluated"); export const deflateSync = () => new Uint8Array(2); export class Deflate {}',
  )
}`;

Deno.test("the compressor is evaluated when something is deflated, and not before", async () => {
  const program = await Deno.makeTempFile({ suffix: ".ts" });
  const config = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(config, JSON.stringify({ imports: { "fflate/browser": TALKATIVE } }));
    const encoder = new URL("../../lib/data_set/encoder.ts", import.meta.url).href;
    const transcoder = new URL("../../lib/data_set/transcoder.ts", import.meta.url).href;
    const dataSet = new URL("../../lib/data_set/data_set.ts", import.meta.url).href;
    await Deno.writeTextFile(
      program,
      `import { DataSet } from "${dataSet}"; import { encodeDataSet } from "${encoder}"; import "${transcoder}";
      encodeDataSet(new DataSet(), "1.2.840.10008.1.2"); console.log("implicit");
      encodeDataSet(new DataSet(), "1.2.840.10008.1.2.1.99"); console.log("deflated");`,
    );
    const { stdout } = await run(Deno.execPath(), ["run", "--quiet", "--config", config, program]);
    assert.deepEqual(stdout.trim().split("\n"), ["implicit", "evaluated", "deflated"]);
  } finally {
    await Promise.all([Deno.remove(program), Deno.remove(config)]);
  }
});
