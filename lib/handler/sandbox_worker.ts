/**
 * The program of the worker that a sandbox is: greeted by the host, it lets the handler be its guest.
 *
 * @module
 */

import { SandboxGuest } from "./sandbox_guest.ts";
import { fenceImports } from "./sandbox_imports.ts";
import type { Greeting } from "./sandbox_protocol.ts";

fenceImports();

globalThis.addEventListener("message", (event: Event) => {
  if (event instanceof MessageEvent) welcome(event.data);
}, { once: true });

function welcome({ port, label }: Greeting): void {
  const guest = new SandboxGuest(port, label);
  // The runtime would print a stack trace, and the host be told the less.
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    guest.crash(event.error);
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    guest.crash(event.reason);
  });
}
