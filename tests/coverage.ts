/**
 * The tests that need no peers and start no tools, with coverage, and the floor that the
 * library's lines must not sink below.
 *
 * @module
 */

/** Lines of `lib/` that tests must reach, in percent. */
const FLOOR = 90;

const DIRECTORY = "coverage";

/** Tests that start processes, or are about other lines than those of `lib/`: `deno task test` runs them. */
const ELSEWHERE = [
  ...["interop", "packaging", "readme", "build", "conformance", "plugins"],
  ...["bench", "fuzz", "hostile", "hot_path", "soak"],
];

async function deno(args: readonly string[], stdout: "inherit" | "piped"): Promise<Uint8Array> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], stdout, stderr: "inherit" });
  const output = await command.output();
  if (!output.success) Deno.exit(output.code);
  return stdout === "piped" ? output.stdout : new Uint8Array(0);
}

await deno([
  ...["test", "--allow-all", "--doc", "--trace-leaks", "--parallel", "--quiet"],
  ...[
    `--ignore=${ELSEWHERE.map((name) => `tests/${name}`).join()}`,
    "--clean",
    `--coverage=${DIRECTORY}`,
    "--coverage-raw-data-only",
  ],
], "inherit");
const report = new TextDecoder().decode(
  await deno(["coverage", "--lcov", "--include=/lib/", DIRECTORY], "piped"),
);

let found = 0;
let hit = 0;
const files: [path: string, percent: number][] = [];
for (const record of report.split("end_of_record")) {
  const path = /SF:(.*)/.exec(record)?.[1];
  if (path === undefined) continue;
  const lines = Number(/LF:(\d+)/.exec(record)?.[1]);
  const reached = Number(/LH:(\d+)/.exec(record)?.[1]);
  found += lines;
  hit += reached;
  files.push([path.replace(/^.*\/lib\//, "lib/"), lines === 0 ? 100 : 100 * reached / lines]);
}
const percent = 100 * hit / found;
const write = (line: string): void => void Deno.stdout.writeSync(new TextEncoder().encode(line));
for (const [path, covered] of files.sort(([, a], [, b]) => a - b).slice(0, 5)) {
  write(`${covered.toFixed(1).padStart(5)} %  ${path}\n`);
}
write(`${percent.toFixed(1)} % of the lines of lib/ are covered; the floor is ${FLOOR} %\n`);
if (!(percent >= FLOOR)) Deno.exit(1);
