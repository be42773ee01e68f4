import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { LEVELS } from "../../../plugins/archive/level.ts";
import { schemaSql, TABLES } from "../../../plugins/archive/schema.ts";

Deno.test("schemaSql() makes a table of each level, and those of the files", () => {
  using database = new DatabaseSync(":memory:");
  database.exec(schemaSql());
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const names = tables.map(({ name }) => name);
  assert.deepEqual(names, ["directory", "file", ...LEVELS.map((level) => TABLES[level])]);
});

/** What must not look at every row. */
const QUESTIONS: readonly string[] = [
  "SELECT id FROM patient WHERE patient_id = ?",
  "SELECT id FROM study WHERE study_uid = ?",
  "SELECT id FROM study WHERE accession_number = ?",
  "SELECT id FROM study WHERE study_date >= ? AND study_date <= ?",
  "SELECT id FROM series WHERE series_uid = ?",
  "SELECT id FROM instance WHERE sop_uid = ? AND identity = ?",
  "SELECT id FROM instance WHERE parent = ?",
  "SELECT id FROM instance WHERE file = ?",
  "SELECT 1 FROM study WHERE odd = 1",
  "SELECT id FROM study WHERE (study_uid = ?) OR odd = 1",
];

Deno.test("the indexes lead to what is asked for", () => {
  using database = new DatabaseSync(":memory:");
  database.exec(schemaSql());
  for (const sql of QUESTIONS) {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(
      ...Array.from(sql.matchAll(/\?/g), () => "1"),
    );
    const steps = plan.map(({ detail }) => String(detail));
    assert.ok(
      !steps.some((step) => /^SCAN (?!study USING COVERING INDEX study_odd)/.test(step)),
      `${sql}: ${steps}`,
    );
  }
});
