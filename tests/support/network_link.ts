/**
 * Two network namespaces with a link between them that can be cut: nothing of it is seen outside, and no
 * program outside can see it.
 *
 * @module
 */

import { runOk } from "./command.ts";

/** Why there can be none here; `undefined` where there can. */
export const whyNoNetworkLink: string | undefined = look();

/** One end of a link. */
export interface LinkEnd {
  /** Its address. */
  readonly address: string;
  /** The command that runs another one at this end. */
  readonly within: readonly string[];
}

/** A link; disposing of it removes both namespaces. */
export class NetworkLink implements AsyncDisposable {
  readonly near: LinkEnd;
  readonly far: LinkEnd;
  readonly #namespaces: readonly [string, string];

  private constructor(near: string, far: string) {
    this.#namespaces = [near, far];
    this.near = { address: "10.250.0.1", within: ["ip", "netns", "exec", near] };
    this.far = { address: "10.250.0.2", within: ["ip", "netns", "exec", far] };
  }

  /** Makes the namespaces and the link. */
  static async make(): Promise<NetworkLink> {
    const id = crypto.randomUUID().slice(0, 8);
    const link = new NetworkLink(`dimse-near-${id}`, `dimse-far-${id}`);
    const [near, far] = link.#namespaces;
    try {
      await ip("netns", "add", near);
      await ip("netns", "add", far);
      await ip(
        ...["link", "add", "cable", "netns", near, "type", "veth"],
        ...["peer", "name", "cable", "netns", far],
      );
      for (const [namespace, { address }] of [[near, link.near], [far, link.far]] as const) {
        await ip("-n", namespace, "address", "add", `${address}/30`, "dev", "cable");
        for (const device of ["lo", "cable"]) {
          await ip("-n", namespace, "link", "set", device, "up");
        }
      }
    } catch (error) {
      await link[Symbol.asyncDispose]();
      throw error;
    }
    return link;
  }

  /** Cuts the link: what is under way is lost, and nobody is told. */
  async cut(): Promise<void> {
    await ip("-n", this.#namespaces[0], "link", "set", "cable", "down");
  }

  /** Mends the link. */
  async mend(): Promise<void> {
    await ip("-n", this.#namespaces[0], "link", "set", "cable", "up");
  }

  /** Removes all. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.#namespaces) {
      await ip("netns", "delete", namespace).catch(() => {});
    }
  }
}

async function ip(...args: readonly string[]): Promise<void> {
  await runOk("ip", args);
}

function look(): string | undefined {
  if (Deno.build.os !== "linux") return "there are no network namespaces on this system";
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") {
    return "there is no permission to run programs";
  }
  if (Deno.uid() !== 0) return "only root can make network namespaces";
  try {
    const options = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const name = `dimse-probe-${crypto.randomUUID().slice(0, 8)}`;
    const { success } = new Deno.Command("ip", { args: ["netns", "add", name], ...options })
      .outputSync();
    if (!success) return "this system does not let us make network namespaces";
    new Deno.Command("ip", { args: ["netns", "delete", name], ...options }).outputSync();
    return undefined;
  } catch {
    return "ip (iproute2) is not installed";
  }
}
