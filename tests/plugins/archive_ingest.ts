/**
 * A program that stores instances to the archive in the directory of its argument, several at once, and
 * says of each that it was answered 0x0000; until it is killed.
 *
 * @module
 */

import { openArchive } from "../../plugins/archive.ts";
import { facts, stored } from "./archive_area.ts";

const [directory = "", prefix = ""] = Deno.args;
const say = (message: string): void => {
  Deno.stderr.writeSync(new TextEncoder().encode(`${message}\n`));
};
const log = { debug() {}, info() {}, warn: say, error: say };
await using archive = await openArchive({ directory, log });

async function send(sender: number): Promise<void> {
  for (let number = 0;; number++) {
    const uid = `1.${prefix}.${sender}.${number}`;
    const { status } = await stored(archive, facts(uid));
    if (status !== 0x0000) throw new Error(`Cannot store ${uid}: ${status.toString(16)}`);
    Deno.stdout.writeSync(new TextEncoder().encode(`${uid}\n`));
  }
}

// As at every start, what the last run left is looked through while instances come.
const scan = (async () => {
  for await (const _ of archive.scan()) { /* To the end. */ }
})();
await Promise.all([scan, ...[1, 2, 3, 4].map(send)]);
