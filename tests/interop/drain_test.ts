/**
 * A server that is drained while DCMTK's storescu sends: what it was told is stored is stored, and it
 * never waits for an answer.
 *
 * @module
 */
import assert from "node:assert/strict";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { serve } from "../../mod.ts";
import { storeHandler } from "../../plugins/store.ts";
import { peerTest, run } from "../support/peers.ts";
import { withDirectory } from "../support/retrieval.ts";
import { instanceFile } from "../support/synthetic_instances.ts";

/** Writes files to send, and says where they are. */
async function instances(directory: string, count: number): Promise<string[]> {
  await Deno.mkdir(directory);
  const paths: string[] = [];
  for (let index = 1; index <= count; index++) {
    const path = `${directory}/${index}.dcm`;
    await Deno.writeFile(
      path,
      instanceFile({
        sopClassUid: CT_IMAGE_STORAGE,
        sopInstanceUid: `1.2.3.${index}`,
        transferSyntaxUid: "1.2.840.10008.1.2.1",
      }),
    );
    paths.push(path);
  }
  return paths;
}

const CASES: readonly {
  readonly name: string;
  readonly count: number;
  /** Which instance is under way when the draining begins. */
  readonly during: number;
}[] = [
  { name: "the last instance is answered, and storescu releases", count: 2, during: 2 },
  { name: "the instance under way is answered, and the next aborts", count: 3, during: 2 },
];

for (const { name, count, during } of CASES) {
  peerTest({
    name: `drain() under DCMTK's storescu: ${name}`,
    needs: ["dcmtk"],
    fn: () =>
      withDirectory(async (directory) => {
        const files = await instances(`${directory}/sent`, count);
        await Deno.mkdir(`${directory}/held`);
        const handlers = storeHandler({ directory: `${directory}/held`, naming: "uid.dcm" });
        const begun = Promise.withResolvers<void>();
        const gate = Promise.withResolvers<void>();
        await using server = serve({
          hostname: "127.0.0.1",
          port: 0,
          handlers: {
            async store(request) {
              if (request.sopInstanceUid === `1.2.3.${during}`) {
                begun.resolve();
                await gate.promise;
              }
              return await handlers.store?.(request) ?? 0x0110;
            },
          },
        });
        const address = ["127.0.0.1", String(server.addr.port)];
        const sending = run("storescu", ["-v", "-xe", ...address, ...files]);
        await begun.promise;
        const drained = server.drain();
        const late = await run("echoscu", [...address]);
        assert.notEqual(late.code, 0);
        gate.resolve();
        const output = await sending;
        await drained;
        assert.equal(output.code === 0, during === count, output.stderr + output.stdout);
        const text = output.stderr + output.stdout;
        assert.equal(text.match(/Received Store Response \(Success\)/g)?.length, during, text);
        const held = (await Array.fromAsync(Deno.readDir(`${directory}/held`)))
          .map((entry) => entry.name).sort();
        assert.deepEqual(
          held,
          Array.from({ length: during }, (_, index) => `1.2.3.${index + 1}.dcm`),
        );
      }),
  });
}
