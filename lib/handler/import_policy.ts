/**
 * Where the modules of a handler may come from.
 *
 * @module
 */

/** What may be asked for modules. */
export interface ImportPolicy {
  /** `host` or `host:port`. */
  readonly hosts: ReadonlySet<string>;
  /** The registry that the user chose: the only one that may go without TLS, as a mirror inside does. */
  readonly registry: URL;
}

/**
 * Says why a URL may not be asked for a module.
 *
 * @param url Named by a specifier, an import or a redirect.
 * @param policy What may be asked.
 * @returns The reason; `undefined` when it may be asked.
 */
export function refusalOf(url: URL, policy: ImportPolicy): string | undefined {
  const { hosts, registry } = policy;
  const isRegistry = url.origin === registry.origin;
  if (url.protocol !== "https:" && !(isRegistry && url.protocol === "http:")) {
    return `its scheme is ${url.protocol}, and modules come by https: alone`;
  }
  if (url.username !== "" || url.password !== "") {
    return "a URL with a user name or password is not taken";
  }
  if (hosts.has(url.host)) return undefined;
  const allowed = hosts.size === 0 ? "none is" : `${[...hosts].join(", ")} ${are(hosts.size)}`;
  return `${url.host} is not an allowed host; ${allowed}`;
}

function are(count: number): string {
  return count === 1 ? "is" : "are";
}
