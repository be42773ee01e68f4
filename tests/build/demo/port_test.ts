import assert from "node:assert/strict";
import { reservePort } from "../../../build/demo/port.ts";

const listen = (port: number): void => Deno.listen({ hostname: "127.0.0.1", port }).close();

Deno.test("reservePort() keeps a port from others until it is released", () => {
  const reserved = reservePort();
  assert.throws(() => listen(reserved.port), Deno.errors.AddrInUse);
  reserved.release();
  listen(reserved.port);
  reserved.release();
});

Deno.test("reservePort() gives different ports, and releases them at the end", () => {
  const ports: number[] = [];
  {
    using first = reservePort();
    using second = reservePort();
    ports.push(first.port, second.port);
  }
  assert.equal(new Set(ports).size, 2);
  for (const port of ports) listen(port);
});
