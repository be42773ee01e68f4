import assert from "node:assert/strict";
import { ModuleFault } from "../../lib/handler/module_fault.ts";
import { readModuleSource } from "../../lib/handler/module_source.ts";

function moduleOf(text: string, url = "https://h/x.ts", contentType = "") {
  return { url, contentType, bytes: new TextEncoder().encode(text) };
}

const IMPORTS: readonly (readonly [text: string, imports: readonly string[]])[] = [
  [`import a from "./a.ts"; a;`, ["./a.ts"]],
  [`import "./a.ts"; import "./a.ts";`, ["./a.ts"]],
  [`export * from "./a.ts"; export { b } from "./b.ts"; export * as c from "./c.ts";`, [
    "./a.ts",
    "./b.ts",
    "./c.ts",
  ]],
  [`const a = () => import("./a.ts"); a;`, ["./a.ts"]],
  ["const a = import(`./a.ts`); a;", ["./a.ts"]],
  ["const n = 1; const a = import(`./a${n}.ts`), b = import('./b' + n); [a, b];", []],
  [`import type { A } from "./a.ts"; export type { B } from "./b.ts"; const x = 1 as A; x;`, []],
  [`import { A } from "./a.ts"; const x: A = 1; x;`, []],
  [`import { type A, b } from "./a.ts"; const x: A = b; x;`, ["./a.ts"]],
  [`const a: import("./a.ts").A = 1; a;`, []],
  [
    `/* import "./a.ts" */ // import "./b.ts"\nconst r = /import "c"/, s = "import 'd'"; [r, s];`,
    [],
  ],
  [`import.meta.url; import fs from "node:fs"; fs;`, ["node:fs"]],
  [`\ufeffimport "./a.ts";`, ["./a.ts"]],
  [`#!/usr/bin/env -S deno run\nimport "./a.ts";`, ["./a.ts"]],
];

for (const [text, imports] of IMPORTS) {
  Deno.test({
    name: `\`readModuleSource()\` finds the imports of ${JSON.stringify(text)}`,
    permissions: "none",
    async fn() {
      assert.deepEqual((await readModuleSource(moduleOf(text))).imports, imports);
    },
  });
}

/** The text is TypeScript, and no JavaScript. */
const TYPED = "export const a: number = 1;";

const LANGUAGES: readonly (readonly [url: string, contentType: string, result: string | RegExp])[] =
  [
    ["x.ts", "", "TypeScript"],
    ["x.mts", "text/plain", "TypeScript"],
    ["x.TS", "application/octet-stream", "TypeScript"],
    ["x.ts", "video/mp2t", "TypeScript"],
    ["x.ts", "text/javascript", "JavaScript"],
    ["x.js", "application/typescript; charset=utf-8", "TypeScript"],
    ["x", "TEXT/TYPESCRIPT", "TypeScript"],
    ["x.js", "", "JavaScript"],
    ["x.mjs", "text/plain;charset=UTF-8", "JavaScript"],
    ["x", "application/javascript", "JavaScript"],
    ["x.ts?v=1", "", "TypeScript"],
    [
      "x",
      "",
      /^neither its type nor its name says what it is, and JavaScript or TypeScript is wanted$/,
    ],
    ["x.json", "text/plain", /^neither its type nor its name/],
    ["x.tsx", "", /^neither its type nor its name/],
    ["x.ts", "text/html", /^it is a web page \(text\/html\), and/],
    ["x.json", "application/json", /^it is application\/json, and/],
  ];

for (const [path, contentType, result] of LANGUAGES) {
  Deno.test({
    name: `\`readModuleSource()\` takes ${path} of type "${contentType}" for ${result}`,
    permissions: "none",
    async fn() {
      const reading = readModuleSource(moduleOf(TYPED, `https://h/${path}`, contentType));
      if (typeof result === "string") {
        assert.equal((await reading).code.includes(": number"), result === "JavaScript");
      } else {
        await assert.rejects(reading, (error) => {
          assert.ok(error instanceof ModuleFault);
          assert.match(error.message, result);
          return true;
        });
      }
    },
  });
}

const FAULTS: readonly (readonly [text: string, url: string, says: RegExp])[] = [
  [
    "const x: = 3;\n",
    "https://h/x.ts",
    /^SyntaxError: Unexpected token `=`\. .* at line 1, column 10$/,
  ],
  ["\n\nexport = {", "https://h/x.ts", /at line 3, column \d+$/],
  ["import { from 'x';", "https://h/x.js", /^it cannot be read as a module: Parse error/],
];

for (const [text, url, says] of FAULTS) {
  Deno.test({
    name: `\`readModuleSource()\` refuses ${JSON.stringify(text)}`,
    permissions: "none",
    async fn() {
      await assert.rejects(readModuleSource(moduleOf(text, url)), (error) => {
        assert.ok(error instanceof ModuleFault);
        assert.match(error.message, says);
        assert.equal(error.url, url);
        return true;
      });
    },
  });
}

Deno.test({
  name: "`readModuleSource()` refuses what is not UTF-8",
  permissions: "none",
  async fn() {
    const bytes = new Uint8Array([0x2f, 0x2f, 0xe9]);
    const module = { url: "https://h/x.js", contentType: "", bytes };
    await assert.rejects(readModuleSource(module), /^ModuleFault: its text is not UTF-8$/);
  },
});
