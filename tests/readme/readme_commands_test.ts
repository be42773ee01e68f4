import { readDocument } from "./documents.ts";
import { testCommands } from "./run_commands.ts";

testCommands(readDocument("README.md"));
