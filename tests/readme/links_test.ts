/**
 * The documents lead to what is there.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { allDocuments, type Document, readDocument, ROOT } from "./documents.ts";

const OTHERS = ["ARCHITECTURE.md", "CHANGELOG.md"];

/** What a heading is called in a link, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").trim().replaceAll(" ", "-");
}

function anchorsOf(text: string): Set<string> {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return new Set([...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading)));
}

function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
}

function assertLinks({ path, text }: Document): void {
  for (const link of linksOf(text)) {
    if (/^https:/.test(link)) continue;
    const [target = "", anchor] = link.split("#");
    const file = target === "" ? path : join(dirname(path), target);
    assert.ok(Deno.statSync(join(ROOT, file)), link);
    if (anchor === undefined) continue;
    assert.ok(anchorsOf(readDocument(file).text).has(anchor), `${path}: no heading for ${link}`);
  }
}

for (const document of [...allDocuments(), ...OTHERS.map(readDocument)]) {
  Deno.test(`${document.path} leads to what is there`, () => assertLinks(document));
}

Deno.test("README.md leads to every guide", () => {
  const links = new Set(linksOf(readDocument("README.md").text));
  const guides = allDocuments().map(({ path }) => path).filter((path) => path !== "README.md");
  assert.deepEqual(guides.filter((path) => !links.has(path)), []);
});
