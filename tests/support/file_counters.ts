/**
 * How often the file system is asked, and what for.
 *
 * @module
 */

import { ReplacedMethods } from "./replaced_methods.ts";

/** Counts the calls of Deno's file system from when it is made until it is disposed of. */
export class FileCounters implements Disposable {
  readonly #replaced = new ReplacedMethods();
  readonly #calls = new Map<string, number>();

  constructor() {
    for (const name of CALLS.flatMap((name) => [name, `${name}Sync`])) {
      this.#count(Deno, name, name);
    }
    const file = Deno.FsFile.prototype;
    for (const name of FILE_CALLS.flatMap((name) => [name, `${name}Sync`])) {
      this.#count(file, name, `file.${name}`);
    }
    this.#count(file, "close", "file.close");
    this.#count(file, Symbol.dispose, "file.close");
  }

  /** How often each was called; what was not called is not there. */
  get calls(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#calls].sort(([one], [other]) => one < other ? -1 : 1));
  }

  [Symbol.dispose](): void {
    this.#replaced[Symbol.dispose]();
  }

  #count(target: object, key: PropertyKey, name: string): void {
    this.#replaced.method(target, key, (original, receiver, args) => {
      this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
      return original(receiver, args);
    });
  }
}

const CALLS = [
  ...["open", "create", "link", "symlink", "rename", "remove", "mkdir", "stat", "lstat"],
  ...["realPath", "readDir", "readLink", "readFile", "readTextFile", "writeFile", "writeTextFile"],
  ...["copyFile", "truncate", "chmod", "utime", "makeTempFile", "makeTempDir"],
];

const FILE_CALLS = ["read", "write", "seek", "stat", "sync", "syncData", "truncate", "lock"];
