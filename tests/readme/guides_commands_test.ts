import { allDocuments } from "./documents.ts";
import { testCommands } from "./run_commands.ts";

for (const document of allDocuments()) {
  if (document.path !== "README.md") testCommands(document);
}
