/**
 * Whether a module is a handler's, and what it makes is handlers: said in one sentence when not.
 *
 * @module
 */

import { nearestWord } from "../data_set/nearest_word.ts";
import { HandlerError } from "../errors.ts";
import type { HandlerContext, HandlerModule, HandlerPermissions, Handlers } from "./handler.ts";
import { reasonOf } from "./module_fault.ts";

/** The services that handlers can offer. */
export const SERVICES = [
  "store",
  "find",
  "locate",
  "resolveMoveDestination",
  "acceptAssociation",
] as const satisfies readonly (keyof Handlers)[];

const PERMISSIONS = [
  "net",
  "read",
  "write",
  "env",
  "run",
] as const satisfies readonly (keyof HandlerPermissions)[];

const MEMBERS: readonly string[] = [...SERVICES, "attributes"];

/**
 * Sees to it that a module is a handler's.
 *
 * @param module The namespace of the module.
 * @param url What names the handler in the error.
 * @returns The same module.
 * @throws {HandlerError} When it is none.
 */
export function checkHandlerModule(module: unknown, url: string): HandlerModule {
  const wrong = faultOfModule(module);
  if (wrong !== undefined) throw refusal(url, wrong);
  if (isHandlerModule(module)) return module;
  throw refusal(url, NO_FACTORY);
}

/**
 * Asks a handler what it needs.
 *
 * @param module The handler's.
 * @param options Its options.
 * @param url What names the handler in the error.
 * @returns What it declares; nothing unless it declares something.
 * @throws {HandlerError} When what it declares is of the wrong shape, or the asking fails.
 */
export function permissionsOf(
  module: HandlerModule,
  options: HandlerContext["options"],
  url: string,
): HandlerPermissions {
  const { permissions = {} } = module;
  if (typeof permissions !== "function") return permissions;
  let declared: unknown;
  try {
    declared = permissions(options);
  } catch (error) {
    throw new HandlerError(`Cannot use handler ${url}: ${reasonOf(error)}`, url, { cause: error });
  }
  const wrong = faultOfPermissions(declared);
  if (wrong !== undefined) throw refusal(url, wrong);
  return isRecord(declared) ? declared : {};
}

/**
 * Sees to it that what a factory made is handlers.
 *
 * @param handlers What it made.
 * @param url What names the handler in the error.
 * @returns The same.
 * @throws {HandlerError} When they are none.
 */
export function checkHandlers(handlers: unknown, url: string): Handlers {
  const wrong = faultOfHandlers(handlers);
  if (wrong !== undefined) throw refusal(url, wrong);
  if (isHandlers(handlers)) return handlers;
  throw refusal(url, NO_SERVICE);
}

/**
 * Says which services handlers offer.
 *
 * @param handlers The handlers.
 * @returns The names of the services.
 */
export function servicesOf(handlers: Handlers): readonly string[] {
  return SERVICES.filter((service) => handlers[service] !== undefined);
}

const NO_FACTORY = "it has no default export that makes handlers (a HandlerFactory)";
const NO_SERVICE = `its factory made handlers without a service (${SERVICES.join(", ")})`;

function isHandlerModule(module: unknown): module is HandlerModule {
  return faultOfModule(module) === undefined;
}

function isHandlers(handlers: unknown): handlers is Handlers {
  return faultOfHandlers(handlers) === undefined;
}

function faultOfModule(module: unknown): string | undefined {
  if (!isRecord(module)) return NO_FACTORY;
  const { default: factory, name, version, permissions } = module;
  if (factory === undefined) return NO_FACTORY;
  if (typeof factory !== "function") {
    return `its default export is ${kindOf(factory)}, not a function that makes handlers ` +
      "(a HandlerFactory)";
  }
  if (name !== undefined && (typeof name !== "string" || name.trim() === "")) {
    return `its name is ${kindOf(name)}, not a text`;
  }
  if (version !== undefined && typeof version !== "string") {
    return `its version is ${kindOf(version)}, not a text`;
  }
  if (permissions === undefined || typeof permissions === "function") return undefined;
  return faultOfPermissions(permissions);
}

function faultOfPermissions(permissions: unknown): string | undefined {
  if (!isRecord(permissions) || Array.isArray(permissions)) {
    return `its permissions are ${kindOf(permissions)}, not an object of lists`;
  }
  if (typeof permissions["then"] === "function") {
    return "its permissions are a promise, which is not waited for";
  }
  for (const [name, value] of Object.entries(permissions)) {
    if (!PERMISSIONS.some((known) => known === name)) {
      return `its permissions have an unknown kind, ${name}${hintOf(name, PERMISSIONS)}`;
    }
    if (value !== undefined && !isTexts(value)) {
      return `its permissions have ${kindOf(value)} for ${name}, not a list of texts`;
    }
  }
  return undefined;
}

function faultOfHandlers(handlers: unknown): string | undefined {
  if (!isRecord(handlers)) return `its factory made ${kindOf(handlers)}, not handlers`;
  for (const name of membersOf(handlers)) {
    const meant = meantBy(name, handlers);
    if (meant !== undefined) return `its handlers have ${name}; did you mean ${meant}?`;
  }
  for (const service of SERVICES) {
    const value = handlers[service];
    if (value !== undefined && typeof value !== "function") {
      return `its ${service} is ${kindOf(value)}, not a function`;
    }
  }
  if (handlers["attributes"] !== undefined && !isTexts(handlers["attributes"])) {
    return `its attributes are ${kindOf(handlers["attributes"])}, not a list of keywords`;
  }
  const dispose = Reflect.get(handlers, Symbol.asyncDispose);
  if (dispose !== undefined && typeof dispose !== "function") {
    return `its [Symbol.asyncDispose] is ${kindOf(dispose)}, not a function`;
  }
  return SERVICES.some((service) => handlers[service] !== undefined) ? undefined : NO_SERVICE;
}

/** Own members, and those of the classes that it is an instance of. */
function membersOf(value: object): ReadonlySet<string> {
  const names = new Set<string>();
  for (let at: unknown = value; isRecord(at) && at !== Object.prototype;) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
    at = Object.getPrototypeOf(at);
  }
  return names;
}

/** What is nearly one of ours, and does what ours would do: else handlers have what they like. */
function meantBy(name: string, handlers: Record<string, unknown>): string | undefined {
  if (MEMBERS.includes(name)) return undefined;
  const missing = MEMBERS.filter((member) => handlers[member] === undefined);
  const bare = name.replace(/^_?(?:on|handle|c_?)(?=[A-Z_])_?/, "");
  const near = nearestWord(bare, missing) ?? nearestWord(name, missing);
  const value = handlers[name];
  const isLikely = near === "attributes" ? Array.isArray(value) : typeof value === "function";
  return isLikely ? near : undefined;
}

function hintOf(name: string, words: readonly string[]): string {
  const near = nearestWord(name, words) ?? words.find((word) => name.startsWith(word));
  return near === undefined ? ` (there are ${words.join(", ")})` : `; did you mean ${near}?`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** What a value is, in words of the language that handlers are written in. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value === "") return "empty";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function refusal(url: string, why: string): HandlerError {
  return new HandlerError(`Cannot use handler ${url}: ${why}`, url);
}
