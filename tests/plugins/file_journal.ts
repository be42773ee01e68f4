/**
 * What is done to the file system, in order.
 *
 * @module
 */

import { mock } from "node:test";

/** Records calls of the file system until it is disposed of; the calls take place. */
export class FileJournal implements Disposable {
  /** Such as `sync in/CT.1.2.3`: parts are called `PART`, and the directory `.`. */
  readonly entries: string[] = [];
  readonly #root: string;
  readonly #restore: (() => void)[] = [];

  constructor(root: string) {
    this.#root = root;
    const paths = new WeakMap<object, string>();
    const note = this.#note.bind(this);
    const { open, openSync, mkdirSync, linkSync, renameSync, remove, removeSync } = Deno;
    const { sync } = Deno.FsFile.prototype;
    this.#mock(mock.method(Deno, "open", async (...args: Parameters<typeof open>) => {
      const file = await open(...args);
      paths.set(file, String(args[0]));
      return file;
    }));
    this.#mock(mock.method(Deno, "openSync", (...args: Parameters<typeof openSync>) => {
      const file = openSync(...args);
      paths.set(file, String(args[0]));
      return file;
    }));
    this.#mock(mock.method(Deno.FsFile.prototype, "sync", async function (this: Deno.FsFile) {
      await sync.call(this);
      note("sync", paths.get(this) ?? "?");
    }));
    this.#mock(mock.method(Deno, "mkdirSync", (...args: Parameters<typeof mkdirSync>) => {
      mkdirSync(...args);
      note("mkdir", String(args[0]));
    }));
    this.#mock(mock.method(Deno, "remove", async (...args: Parameters<typeof remove>) => {
      await remove(...args);
      note("remove", String(args[0]));
    }));
    this.#mock(mock.method(Deno, "removeSync", (...args: Parameters<typeof removeSync>) => {
      removeSync(...args);
      note("remove", String(args[0]));
    }));
    this.#mock(mock.method(Deno, "linkSync", (...args: Parameters<typeof linkSync>) => {
      linkSync(...args);
      note("link", args[1]);
    }));
    this.#mock(mock.method(Deno, "renameSync", (...args: Parameters<typeof renameSync>) => {
      renameSync(...args);
      note("rename", String(args[1]));
    }));
  }

  /** What was done since the last time. */
  take(): string[] {
    return this.entries.splice(0);
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore) restore();
  }

  #mock(mocked: { mock: { restore(): void } }): void {
    this.#restore.push(() => mocked.mock.restore());
  }

  #note(call: string, path: string): void {
    const inside = path.startsWith(`${this.#root}/`) ? path.slice(this.#root.length + 1) : path;
    const shown = inside === this.#root ? "." : inside.replace(/^\..+\.part$/, "PART");
    this.entries.push(`${call} ${shown}`);
  }
}
