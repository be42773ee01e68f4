/**
 * Fetches a module: within a time, up to a size, and from nowhere but where it may come from.
 *
 * @module
 */

import { concatBytes } from "../bytes.ts";
import type { Clock } from "../net/clock.ts";
import { ModuleFault, reasonOf } from "./module_fault.ts";

/** A module as it came. */
export interface FetchedModule {
  /** Where it came from, after all redirects. */
  readonly url: string;
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** Content-Type, as it was sent; empty when it was not. */
  readonly contentType: string;
  /** ETag, as it was sent; empty when it was not. */
  readonly etag: string;
}

/** What the network is asked by. */
export interface FetchOptions {
  /** Asks the network. */
  readonly fetch: typeof fetch;
  /** Why a URL may not be asked; `undefined` when it may. */
  refusalOf(url: URL): string | undefined;
  /** Redirects to follow. */
  readonly redirectLimit: number;
  /** Bytes that may come. */
  readonly sizeLimit: number;
  /** Milliseconds for all of it; 0 is for ever. */
  readonly timeout: number;
  /** Measures the time. */
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** What is known already: where it came from, and its ETag. */
  readonly known?: { readonly url: string; readonly etag: string } | undefined;
}

/** There is no answer: the network is at fault, not the module. */
export class NoAnswer extends ModuleFault {
  /** The name of the class. */
  override name = "NoAnswer";
}

/**
 * Fetches a module.
 *
 * @param requested What to fetch.
 * @param options What the network is asked by.
 * @returns The module; `undefined` when it is still the one that is known.
 * @throws {ModuleFault} When it may not be fetched, or is not what can be taken.
 */
export async function fetchModule(
  requested: string,
  options: FetchOptions,
): Promise<FetchedModule | undefined> {
  const { timeout, clock, signal } = options;
  const deadline = new AbortController();
  const cancel = timeout === 0 ? () => {} : clock.schedule(
    timeout,
    () => deadline.abort(new NoAnswer(`it has not come within ${timeout / 1000} s`, requested)),
  );
  const either = AbortSignal.any([signal, deadline.signal]);
  try {
    return await follow(requested, { ...options, signal: either });
  } catch (error) {
    either.throwIfAborted();
    if (error instanceof ModuleFault) throw error;
    throw new NoAnswer(reasonOfNetwork(error), requested, { cause: error });
  } finally {
    cancel();
  }
}

/** The runtime says `fetch failed`, and why in the cause: an unknown issuer, no such host. */
function reasonOfNetwork(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const reason = reasonOf(cause instanceof Error ? cause : error);
  return reason.replace(/^error sending request for url \(\S+\): /, "");
}

async function follow(
  requested: string,
  options: FetchOptions,
): Promise<FetchedModule | undefined> {
  let url = new URL(requested);
  for (let redirects = 0; redirects <= options.redirectLimit; redirects++) {
    const refusal = options.refusalOf(url);
    if (refusal !== undefined) {
      const how = redirects === 0 ? refusal : `it redirects to ${url.href}: ${refusal}`;
      throw new ModuleFault(how, requested);
    }
    const response = await ask(url, options);
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return await take(response, url, requested, options);
    await response.body?.cancel();
    const next = URL.parse(location, url);
    if (next === null) throw new ModuleFault(`it redirects to ${location}, no URL`, requested);
    url = next;
  }
  const limit = options.redirectLimit;
  throw new ModuleFault(`it redirects more than ${limit} times`, requested);
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

async function ask(url: URL, { fetch, known, signal }: FetchOptions): Promise<Response> {
  const headers = new Headers({ accept: "*/*" });
  if (known !== undefined && known.etag !== "" && known.url === url.href) {
    headers.set("if-none-match", known.etag);
  }
  return await fetch(url, { headers, redirect: "manual", signal });
}

async function take(
  response: Response,
  url: URL,
  requested: string,
  options: FetchOptions,
): Promise<FetchedModule | undefined> {
  const { status, statusText, headers, body } = response;
  if (status === 304 && options.known?.url === url.href) {
    await body?.cancel();
    return undefined;
  }
  if (status !== 200) {
    await body?.cancel();
    throw new ModuleFault(`the server answered ${status} ${statusText}`.trim(), requested);
  }
  const bytes = await readUpTo(body, options.sizeLimit);
  if (bytes === undefined) {
    throw new ModuleFault(`it has more than the ${options.sizeLimit} bytes allowed`, requested);
  }
  const contentType = headers.get("content-type") ?? "";
  return { url: url.href, bytes, contentType, etag: headers.get("etag") ?? "" };
}

/** What the server says of the length is not asked: it is the bytes that count. */
async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop cancels the stream, and so ends the connection.
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}
