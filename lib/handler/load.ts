/**
 * Loads handler modules: by built-in name, path, or URL.
 *
 * @module
 */

import type { HandlerContext, HandlerPermissions, Handlers } from "./handler.ts";

export type { BuiltInHandler, LoadPolicy } from "./load_policy.ts";

/** A handler that is loaded, and can be made. */
export interface LoadedHandler {
  /** What the user named it by, without the pin. */
  readonly specifier: string;
  /** Where its module is. */
  readonly url: string;
  /** How it was named. */
  readonly kind: HandlerKind;
  /** What it calls itself, or else the file's base name. */
  readonly name: string;
  /** Its version, where it has one. */
  readonly version: string | undefined;
  /**
   * Says what it needs.
   *
   * @param options Its options.
   * @returns What it declares; nothing unless it declares something.
   */
  permissions(options: HandlerContext["options"]): HandlerPermissions;
  /**
   * Makes the handlers.
   *
   * @param context What the host gives them.
   * @returns The services that they offer.
   */
  create(context: HandlerContext): Promise<Handlers>;
}

/** What a specifier is. */
export type HandlerKind = "built-in" | "file" | "data" | "https" | "jsr" | "npm";
