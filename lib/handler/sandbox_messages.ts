/**
 * Reads what comes out of a sandbox. Whoever got out of hand in there can say anything, so each
 * message is taken apart and put together again from what it has to have.
 *
 * What was cloned is plain data: looking at it runs nothing.
 *
 * @module
 */

import { SERVICES } from "./handler_module.ts";
import type { Acceptance, Address, HandlerPermissions, Log, StatusReply } from "./handler.ts";
import type {
  Answer,
  ErrorData,
  HandlerFacts,
  ModuleFacts,
  StoreWish,
  WorkerMessage,
} from "./sandbox_protocol.ts";

/**
 * Reads a message.
 *
 * @param data What came.
 * @returns The message; `undefined` when it is none.
 */
export function readWorkerMessage(data: unknown): WorkerMessage | undefined {
  if (!isRecord(data)) return undefined;
  const { type, id, level, text } = data;
  if (type === "log") {
    const known = LEVELS.find((each) => each === level);
    return known && typeof text === "string" ? { type, level: known, text } : undefined;
  }
  if (type === "crashed") return typeof text === "string" ? { type, text } : undefined;
  if (typeof id !== "number") return undefined;
  if (type === "answer") {
    const answer = readAnswer(data["answer"]);
    return answer && { type, id, answer };
  }
  if (type === "wish") {
    const wish = readWish(data["wish"]);
    return wish && { type, id, wish };
  }
  return undefined;
}

/**
 * Reads what a module says of itself.
 *
 * @param value What came.
 * @returns The same; `undefined` when it is something else.
 */
export function readModuleFacts(value: unknown): ModuleFacts | undefined {
  if (!isRecord(value)) return undefined;
  const { name, version } = value;
  return isTextOrNone(name) && isTextOrNone(version) ? { name, version } : undefined;
}

/**
 * Reads what handlers say of themselves.
 *
 * @param value What came.
 * @returns The same; `undefined` when it is something else.
 */
export function readHandlerFacts(value: unknown): HandlerFacts | undefined {
  if (!isRecord(value)) return undefined;
  const { services, attributes } = value;
  if (!isTexts(services) || !(attributes === undefined || isTexts(attributes))) return undefined;
  const known = SERVICES.filter((service) => services.includes(service));
  return known.length === services.length ? { services: known, attributes } : undefined;
}

/**
 * Reads what a handler declares.
 *
 * @param value What came.
 * @returns The same; `undefined` when it is something else.
 */
export function readPermissions(value: unknown): HandlerPermissions | undefined {
  if (!isRecord(value)) return undefined;
  const { net, read, write, env, run, ...others } = value;
  if (Object.keys(others).length > 0) return undefined;
  if (!isTextsOrNone(net) || !isTextsOrNone(read) || !isTextsOrNone(write)) return undefined;
  if (!isTextsOrNone(env) || !isTextsOrNone(run)) return undefined;
  return {
    ...(net && { net }),
    ...(read && { read }),
    ...(write && { write }),
    ...(env && { env }),
    ...(run && { run }),
  };
}

/**
 * Reads a reply to a C-STORE request.
 *
 * @param value What came.
 * @returns The same; `undefined` when it is something else.
 */
export function readStatusReply(value: unknown): StatusReply | undefined {
  if (!isRecord(value)) return undefined;
  const { status, errorComment, offendingElements } = value;
  if (typeof status !== "number" || !isTextOrNone(errorComment)) return undefined;
  if (!(offendingElements === undefined || isNumbers(offendingElements))) return undefined;
  return {
    status,
    ...(errorComment === undefined ? {} : { errorComment }),
    ...(offendingElements === undefined ? {} : { offendingElements }),
  };
}

/**
 * Reads a decision on an association.
 *
 * @param value What came.
 * @returns The same; `undefined` when it is something else.
 */
export function readAcceptance(value: unknown): Acceptance | undefined {
  if (!isRecord(value)) return undefined;
  const { accept, userIdentityResponse: response, result, source, reason, because } = value;
  if (accept === true) {
    if (response === undefined) return { accept };
    return response instanceof Uint8Array ? { accept, userIdentityResponse: response } : undefined;
  }
  if (accept !== false || typeof reason !== "number") return undefined;
  if (result !== 1 && result !== 2) return undefined;
  if (source !== 1 && source !== 2 && source !== 3) return undefined;
  if (!isTextOrNone(because)) return undefined;
  return { accept, result, source, reason, ...(because === undefined ? {} : { because }) };
}

/**
 * Reads an address.
 *
 * @param value What came.
 * @returns The same; `undefined` when it is something else.
 */
export function readAddress(value: unknown): Address | undefined {
  if (!isRecord(value)) return undefined;
  const { hostname, port, aeTitle, tls } = value;
  if (typeof hostname !== "string" || typeof port !== "number" || !isTextOrNone(aeTitle)) {
    return undefined;
  }
  const byTls = tls === true ? { tls } : {};
  return { hostname, port, ...(aeTitle === undefined ? {} : { aeTitle }), ...byTls };
}

const LEVELS = ["debug", "info", "warn", "error"] as const satisfies readonly (keyof Log)[];

function readAnswer(answer: unknown): Answer | undefined {
  if (!isRecord(answer)) return undefined;
  const { type, value, isDataSetError } = answer;
  if (type === "value") return { type, value };
  const error = readError(answer["error"]);
  if (type !== "error" || error === undefined || typeof isDataSetError !== "boolean") {
    return undefined;
  }
  return { type, error, isDataSetError };
}

function readError(error: unknown): ErrorData | undefined {
  if (!isRecord(error)) return undefined;
  const { name, message, status } = error;
  if (typeof name !== "string" || typeof message !== "string") return undefined;
  if (status === undefined) return { name, message };
  return typeof status === "number" ? { name, message, status } : undefined;
}

function readWish(wish: unknown): StoreWish | undefined {
  if (!isRecord(wish)) return undefined;
  const { type, buffer } = wish;
  switch (type) {
    case "pull":
    case "cancel":
    case "attributes":
      return { type };
    case "spent":
      if (buffer === undefined) return { type };
      return buffer instanceof ArrayBuffer ? { type, buffer } : undefined;
    default:
      return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isTextsOrNone(value: unknown): value is readonly string[] | undefined {
  return value === undefined || isTexts(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === "number");
}
