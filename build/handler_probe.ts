/**
 * Looks at a handler module that is to be compiled in. This runs in a process of its own without
 * permissions: whoever compiles a handler in does not thereby let it act on this computer.
 *
 * @module
 */

/** What is known of a handler. */
export interface HandlerReport {
  /** Why it cannot be compiled in; absent when it can. */
  readonly problem?: string;
  /** Environment variables that it declares to read. */
  readonly env: readonly string[];
  /** Programs that it declares to run. */
  readonly run: readonly string[];
}

/**
 * Looks at a handler module.
 *
 * @param load Imports it.
 * @returns What is known of it.
 */
export async function reportHandler(load: () => Promise<unknown>): Promise<HandlerReport> {
  try {
    const module = await load();
    if (!isObject(module) || typeof module.default !== "function") {
      return unfit("its default export is not a function that makes handlers");
    }
    const { permissions } = module;
    const declared: unknown = typeof permissions === "function" ? permissions({}) : permissions;
    if (declared === undefined) return { env: [], run: [] };
    if (!isObject(declared)) return unfit("the permissions that it exports are no object");
    return { env: namesIn(declared, "env"), run: namesIn(declared, "run") };
  } catch (error) {
    return unfit(error instanceof Error ? error.message : String(error));
  }
}

function unfit(problem: string): HandlerReport {
  return { problem, env: [], run: [] };
}

/** A comma in a name would be more names for a flag. */
function namesIn(permissions: Readonly<Record<string, unknown>>, key: string): string[] {
  const value = permissions[key] ?? [];
  if (!Array.isArray(value)) throw new TypeError(`the permission ${key} is no list`);
  return value.map((name: unknown) => {
    if (typeof name === "string" && /^[^,\s]+$/.test(name)) return name;
    throw new TypeError(`the permission ${key} has a value that is no name: ${String(name)}`);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
