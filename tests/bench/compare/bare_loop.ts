/**
 * The least that a receiver in Deno can do: read from a connection, write to a file. Port and file.
 *
 * What our storescp reaches is compared with it.
 *
 * @module
 */

const BUFFER_LENGTH = 256 * 1024;

const [port, path] = Deno.args;
const buffer = new Uint8Array(BUFFER_LENGTH);
for await (const connection of Deno.listen({ hostname: "127.0.0.1", port: Number(port) })) {
  using _connection = connection;
  using file = Deno.openSync(path ?? "", { write: true, create: true, truncate: true });
  for (let count = await connection.read(buffer); count !== null;) {
    for (let rest = buffer.subarray(0, count); rest.length > 0;) {
      rest = rest.subarray(file.writeSync(rest));
    }
    count = await connection.read(buffer);
  }
}
