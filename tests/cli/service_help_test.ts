import assert from "node:assert/strict";
import { serviceNotes } from "../../cli/service_help.ts";
import { pure } from "../support/requesting.ts";

pure("serviceNotes() puts what is a server's own between what all servers say", () => {
  const notes = serviceNotes({
    program: "server",
    examples: ["server in"],
    notes: ["It is blue."],
    log: "it is long.",
    unusable: "the port or the paint",
    failed: " to be painted",
  });
  assert.deepEqual(notes.map(({ title }) => title), ["Examples", "Notes", "Exit codes"]);
  const text = notes.flatMap(({ lines }) => lines).join("\n");
  for (
    const part of [
      "  server in",
      "It is blue.",
      "what went wrong; it is long.",
      "<(server --completion bash)",
      "  2    wrong usage; the port or the paint cannot be used",
      "  6    some instances failed to be painted",
    ]
  ) assert.ok(text.includes(part), part);
});
