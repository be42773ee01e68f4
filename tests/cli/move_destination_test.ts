import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import {
  DestinationBook,
  formatMoveDestination,
  type MoveDestination,
  parseMoveDestination,
  parseMoveDestinations,
  requireUnique,
} from "../../cli/move_destination.ts";

function pure(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

const CASES: readonly (readonly [text: string, expected: MoveDestination])[] = [
  ["WS1=ws1.example:104", { aeTitle: "WS1", address: { hostname: "ws1.example", port: 104 } }],
  ["WS1@10.0.0.5:11112", { aeTitle: "WS1", address: { hostname: "10.0.0.5", port: 11112 } }],
  ["WS1=[::1]:104", { aeTitle: "WS1", address: { hostname: "::1", port: 104 } }],
  ["WS 1 = host:104", { aeTitle: "WS 1", address: { hostname: "host", port: 104 } }],
  [
    "ROOM=WS1@host:104",
    { aeTitle: "ROOM", address: { aeTitle: "WS1", hostname: "host", port: 104 } },
  ],
  ["WS1=tls:host:2762", { aeTitle: "WS1", address: { hostname: "host", port: 2762, tls: true } }],
  ["WS1@tls:[::1]:2762", { aeTitle: "WS1", address: { hostname: "::1", port: 2762, tls: true } }],
  ["WS1 = tls:h:1", { aeTitle: "WS1", address: { hostname: "h", port: 1, tls: true } }],
  ["WS1=tls:104", { aeTitle: "WS1", address: { hostname: "tls", port: 104 } }],
  [
    "ROOM=WS1@tls:host:104",
    { aeTitle: "ROOM", address: { aeTitle: "WS1", hostname: "host", port: 104, tls: true } },
  ],
];

for (const [text, destination] of CASES) {
  pure(`formatMoveDestination() writes what ${text} says`, () => {
    const written = formatMoveDestination(destination);
    assert.deepEqual(parseMoveDestination(written), destination, written);
  });
}

for (const [text, expected] of CASES) {
  pure(`parseMoveDestination() reads ${text}`, () => {
    assert.deepEqual(parseMoveDestination(text), expected);
  });
}

for (
  const [text, message] of [
    [
      "host:104",
      'Cannot use "host:104" as a move destination: the AE title is missing; give AE=host:port',
    ],
    ["=host:104", 'Cannot use AE title "": it is empty'],
    ["ABCDEFGHIJKLMNOPQ=host:104", undefined],
    ["WS1=host", undefined],
    ["WS1=host:0", undefined],
    ["WS1=host:70000", undefined],
    ["WS1=::1:104", undefined],
    ["WS1=", undefined],
    ["", undefined],
  ] as const
) {
  pure(`parseMoveDestination() refuses "${text}"`, () => {
    const expected = message === undefined ? { name: "TypeError" } : { name: "TypeError", message };
    assert.throws(() => parseMoveDestination(text), expected);
  });
}

pure("parseMoveDestinations() passes comments and empty lines over", () => {
  const text = "\ufeff# reading room\r\n\r\nWS1=host:104\r\n  WS2 = host:105  \n#WS3=host:106";
  assert.deepEqual(parseMoveDestinations(text).map(({ aeTitle }) => aeTitle), ["WS1", "WS2"]);
  assert.deepEqual(parseMoveDestinations(""), []);
});

pure("parseMoveDestinations() names the line that is wrong", () => {
  assert.throws(() => parseMoveDestinations("WS1=host:104\n\nWS2=host"), {
    message: /^line 3: Cannot .*host/,
  });
});

pure("requireUnique() refuses one AE title at two addresses, and lets it be said twice", () => {
  const all = (...texts: string[]): MoveDestination[] => texts.map(parseMoveDestination);
  requireUnique(all("A=host:104", "B=host:104", "A=host:104"));
  assert.throws(() => requireUnique(all("A=host:104", "A=host:105")), {
    message: "Cannot send to A at both host:104 and host:105: give one",
  });
});

/** A book over a file that the test writes. */
async function openBook(text: string | undefined, ...given: string[]): Promise<{
  readonly book: DestinationBook;
  readonly warnings: string[];
  write(text: string | undefined): void;
}> {
  let held = text;
  const warnings: string[] = [];
  const ignore = (): void => {};
  const log = {
    debug: ignore,
    info: ignore,
    warn: (message: string) => void warnings.push(message),
    error: ignore,
  };
  const readFile = (path: string): Promise<Uint8Array<ArrayBuffer>> =>
    held === undefined
      ? Promise.reject(new Deno.errors.NotFound(path))
      : Promise.resolve(new TextEncoder().encode(held));
  const destinations = given.map(parseMoveDestination);
  const book = await DestinationBook.open({ destinations, file: "book.txt" }, { readFile }, log);
  return { book, warnings, write: (text) => void (held = text) };
}

pure("DestinationBook puts the command line before the file", async () => {
  const { book } = await openBook("A=file:1\nB=file:2", "A=line:3");
  assert.deepEqual(await book.resolve("A"), { hostname: "line", port: 3 });
  assert.deepEqual(await book.resolve("B"), { hostname: "file", port: 2 });
  assert.equal(await book.resolve("C"), undefined);
  assert.equal(await book.resolve("a"), undefined, "AE titles differ by case");
});

pure("DestinationBook reads the file again, and keeps what it knew while it is wrong", async () => {
  const { book, warnings, write } = await openBook("A=old:1");
  write("A=new:2\nB=new:3");
  assert.deepEqual(await book.resolve("A"), { hostname: "new", port: 2 });
  write("A=");
  assert.deepEqual(await book.resolve("B"), { hostname: "new", port: 3 });
  write(undefined);
  assert.deepEqual(await book.resolve("A"), { hostname: "new", port: 2 });
  assert.match(
    warnings[0] ?? "",
    /^Cannot use the destinations of book.txt: line 1: .*; what it said before holds$/,
  );
  assert.equal(
    warnings[1],
    "Cannot use the destinations of book.txt: there is no such file; what it said before holds",
  );
  write("");
  assert.equal(await book.resolve("A"), undefined);
  assert.equal(warnings.length, 2);
});

pure("DestinationBook opens no file that is wrong or missing", async () => {
  await assert.rejects(openBook("A"), UsageError);
  await assert.rejects(openBook(undefined), {
    name: "UsageError",
    message: "Cannot use the destinations of book.txt: there is no such file",
  });
});

pure("DestinationBook needs no file", async () => {
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const readFile = (): never => assert.fail("There is no file to read");
  const book = await DestinationBook.open({ destinations: [], file: undefined }, { readFile }, log);
  assert.equal(await book.resolve("A"), undefined);
});
