/**
 * The real-peer test bench: one door to the foreign archives, the real files and the comparison of what came
 * over the wire. Tests import from here.
 *
 * @module
 */
import { type PeerName, whyMissing } from "./peer_programs.ts";

export * from "./archive.ts";
export { type CommandOutput, freePort, run, type RunOptions } from "./command.ts";
export * from "./compare_elements.ts";
export * from "./dcmqrscp.ts";
export * from "./dcmtk_movescu.ts";
export * from "./orthanc.ts";
export * from "./peer_facts.ts";
export * from "./part10.ts";
export { type PeerName, pynetdicomPython, whyMissing } from "./peer_programs.ts";
export * from "./pynetdicom_qrscp.ts";
export * from "./real_files.ts";

/** Whether a missing peer fails a test instead of skipping it: `DIMSE_REQUIRE_PEERS=1`. */
export const peersRequired: boolean = hasRequirement();

/** A test that needs real peers. */
export interface PeerTest {
  /** Name of the test. */
  readonly name: string;
  /** The peers without which it cannot run. */
  readonly needs: readonly PeerName[];
  /** The test. */
  readonly fn: (context: Deno.TestContext) => void | Promise<void>;
}

/**
 * Register a test that needs real peers. Without one of them it is skipped with the reason in its name, or fails
 * where peers are required.
 *
 * @param test Name, needs and body.
 */
export function peerTest(test: PeerTest): void {
  const reasons = [...new Set(test.needs)].map(whyMissing).filter((reason) => reason !== undefined);
  if (reasons.length === 0) {
    Deno.test({ name: test.name, fn: test.fn });
  } else if (peersRequired) {
    Deno.test({
      name: test.name,
      fn: () => {
        throw new Error(`Cannot run against real peers: ${reasons.join("; ")}`);
      },
    });
  } else {
    Deno.test({
      name: `${test.name} [skipped: ${reasons.join("; ")}]`,
      ignore: true,
      fn: () => {},
    });
  }
}

function hasRequirement(): boolean {
  const permission = Deno.permissions.querySync({ name: "env", variable: "DIMSE_REQUIRE_PEERS" });
  return permission.state === "granted" && Deno.env.get("DIMSE_REQUIRE_PEERS") === "1";
}
