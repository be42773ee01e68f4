import assert from "node:assert/strict";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HandlerError } from "../../lib/errors.ts";
import { parseHandlerSpecifier } from "../../lib/handler/specifier.ts";

const load = (): Promise<unknown> => Promise.resolve({});
const POLICY = {
  builtIns: {
    store: { url: "file:///app/store.ts", load },
    forward: { url: "file:///app/forward.ts", load },
    ignore: { url: "file:///app/ignore.ts", load },
  },
  workingDirectory: "/home/me",
};
const PIN = "#sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const CASES: readonly (readonly [given: string, kind: string, url: string, name: string])[] = [
  ["store", "built-in", "file:///app/store.ts", "store"],
  ["./store", "file", "file:///home/me/store", "store"],
  ["mine.ts", "file", "file:///home/me/mine.ts", "mine"],
  ["./mine.test.ts", "file", "file:///home/me/mine.test.ts", "mine.test"],
  ["../a b/mine.mjs", "file", "file:///home/a%20b/mine.mjs", "mine"],
  ["/opt/handlers/röntgen.js", "file", "file:///opt/handlers/r%C3%B6ntgen.js", "röntgen"],
  ["a#b.ts", "file", "file:///home/me/a%23b.ts", "a#b"],
  ["file:///opt/x.ts", "file", "file:///opt/x.ts", "x"],
  ["https://h.example/a/pass_on.ts?v=1", "https", "https://h.example/a/pass_on.ts?v=1", "pass_on"],
  ["https://h.example:8443", "https", "https://h.example:8443/", "h.example:8443"],
  ["HTTPS://H.example/x.ts", "https", "https://h.example/x.ts", "x"],
  ["https://h.example/%zz.ts", "https", "https://h.example/%zz.ts", "%zz"],
  ["jsr:@me/router", "jsr", "jsr:@me/router", "router"],
  ["jsr:@me/router@^1.2/sub", "jsr", "jsr:@me/router@^1.2/sub", "router"],
  ["npm:router@1", "npm", "npm:router@1", "router"],
  ["npm:@me/router@1/sub", "npm", "npm:@me/router@1/sub", "router"],
  ["data:text/javascript,0", "data", "data:text/javascript,0", "data"],
];

for (const [given, kind, url, name] of CASES) {
  Deno.test({
    name: `\`parseHandlerSpecifier()\` takes ${given}`,
    permissions: "none",
    ignore: Deno.build.os === "windows" && kind === "file",
    fn() {
      const label = given;
      assert.deepEqual(parseHandlerSpecifier(given, POLICY), {
        ...{ specifier: given, label, kind, url, name },
        pin: undefined,
      });
    },
  });
}

for (const given of ["/x.ts", "https://h.example/x.ts", "jsr:@a/b", "data:text/javascript,0"]) {
  Deno.test({
    name: `\`parseHandlerSpecifier()\` takes the pin off ${given}`,
    permissions: "none",
    fn() {
      const { specifier, url, pin } = parseHandlerSpecifier(`${given}${PIN}`, POLICY);
      assert.equal(specifier, given);
      assert.ok(!url.includes("#"));
      assert.equal(pin, DIGEST);
    },
  });
}

// On Windows these are paths of drives; elsewhere they are odd names, but no URLs.
for (
  const given of ["C:\\handlers\\x.ts", "c:/handlers/x.ts", ".\\x.ts", "\\\\host\\share\\x.ts"]
) {
  Deno.test({
    name: `\`parseHandlerSpecifier()\` takes ${given} for a path`,
    permissions: "none",
    fn: () => assert.equal(parseHandlerSpecifier(given, POLICY).kind, "file"),
  });
}

const REFUSED: readonly (readonly [given: string, message: RegExp])[] = [
  [
    "stor",
    /: no built-in handler has this name \(there are store, forward, ignore\), and a file is \.\/stor; did you mean store\?$/,
  ],
  ["Store", /did you mean store\?$/],
  ["hasOwnProperty", /: no built-in handler has this name/],
  ["archive", /, and a file is \.\/archive$/],
  ["", /^Cannot load handler : a handler is a name, a path or a URL$/],
  ["  ", /: a handler is a name, a path or a URL$/],
  [PIN, /: a handler is a name, a path or a URL$/],
  [
    "http://h.example/x.ts",
    /: its scheme is http:, not one of .* \(without TLS anybody can change it\)$/,
  ],
  ["ftp://h.example/x.ts", /: its scheme is ftp:, not one of file:, https:, jsr:, npm:, data:$/],
  ["node:fs", /: its scheme is node:/],
  ["blob:https://h.example/1", /: its scheme is blob:/],
  ["https://", /: it is no URL$/],
  [
    "https://me:secret@h.example/x.ts",
    /handler https:\/\/…@h.example: a URL with a user name or password is not taken$/,
  ],
  [`store${PIN}`, /: a built-in handler takes no pin$/],
  [`npm:x${PIN}`, /: a package of npm takes no pin; name its exact version$/],
  // A pin with a slip of the pen must not be taken for none.
  ...["#sha256", "#sha-256-abc", "#sha256_abc", "#integrity=sha256-abc", "#", `${PIN}#x`].map(
    (end) => [`https://h.example/x.ts${end}`, /: its pin is not #sha256- and the 44 char/] as const,
  ),
  ["data:text/javascript,0#sha-256-abc", /: its pin is not #sha256- and the 44 characters/],
  ["jsr:@me/router#1", /: its pin is not #sha256- and the 44 characters/],
  ["file:///opt/a#b.ts", /: its pin is not .*; a # that is part of the URL is written %23$/],
  [
    "./x.ts#sha256-abc",
    /: its pin is not #sha256- and the 44 characters of a SHA-256 digest in base64$/,
  ],
];

for (const [given, message] of REFUSED) {
  Deno.test({
    name: `\`parseHandlerSpecifier()\` refuses ${JSON.stringify(given)}`,
    permissions: "none",
    fn() {
      assert.throws(() => parseHandlerSpecifier(given, POLICY), (error) => {
        assert.ok(error instanceof HandlerError);
        assert.match(error.message, message);
        assert.match(error.message, /^Cannot load handler /);
        assert.ok(!`${error.message}${error.url}`.includes("secret"));
        return true;
      });
    },
  });
}

Deno.test({
  name: "`parseHandlerSpecifier()` labels a long `data:` URL by its beginning",
  permissions: "none",
  fn() {
    const { label, specifier } = parseHandlerSpecifier(`data:,${"x".repeat(500)}`, POLICY);
    assert.equal(label, `data:,${"x".repeat(54)}…`);
    assert.equal(specifier.length, 506);
  },
});

Deno.test({
  name: "`parseHandlerSpecifier()` takes paths from the current directory unless told",
  permissions: "none",
  fn() {
    const { url } = parseHandlerSpecifier("./x.ts", { builtIns: {} });
    assert.equal(url, pathToFileURL(resolve(Deno.cwd(), "x.ts")).href);
  },
});
