/**
 * A sample: posts what each instance says of itself, as JSON, to `url`; each `attribute` names an element
 * to tell. It keeps no images: put it into a chain, behind a handler that does.
 * @module
 */
import type { HandlerContext, HandlerPermissions, Handlers } from "../../lib/handler/handler.ts";

/** What it needs: to connect to the host of the URL. */
export function permissions({ url = [] }: HandlerContext["options"]): HandlerPermissions {
  if (url[0] === undefined) return {};
  const { hostname, port, protocol } = new URL(url[0]);
  return { net: [`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`] };
}

/** Makes the handler. */
export default function postAttributes({ options, log }: HandlerContext): Handlers {
  const [url] = options.url ?? [];
  if (url === undefined) throw new TypeError("Cannot post: the handler option url is missing");
  return {
    attributes: options.attribute ?? ["SOPInstanceUID", "StudyInstanceUID", "Modality"],
    async store({ attributes, dataSet, signal, sopInstanceUid }) {
      const body = JSON.stringify(await attributes());
      // Of an instance that breaks off nothing is told: the rest is read first, and dropped.
      await dataSet.pipeTo(new WritableStream(), { signal });
      const headers = { "content-type": "application/json" };
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
      const init = { method: "POST", redirect: "manual", headers, body, signal: inTime } as const;
      try {
        const response = await fetch(url, init);
        await response.body?.cancel();
        if (response.ok) return 0x0000;
        throw new Error(`HTTP status ${response.status}`);
      } catch (error) {
        log.error(`Cannot post ${sopInstanceUid} to ${url}: ${error}`);
        return { status: 0xa700, errorComment: "Cannot post the attributes" };
      }
    },
  };
}
