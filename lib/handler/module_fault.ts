/**
 * What is wrong with one of the modules that a handler is made of.
 *
 * @module
 */

import { HandlerError } from "../errors.ts";

/** A module cannot be had; becomes a {@linkcode HandlerError} that names the handler too. */
export class ModuleFault extends HandlerError {
  /** The name of the class. */
  override name = "ModuleFault";
}

/**
 * Makes the sentence that the user sees.
 *
 * @param fault What is wrong with a module; its message is the reason alone.
 * @param handler What the user named the handler by, and the URL of its own module.
 * @returns The error of the handler.
 */
export function handlerErrorOf(
  fault: ModuleFault,
  handler: { readonly label: string; readonly url: string },
): HandlerError {
  const { label, url } = handler;
  const which = fault.url === url ? label : `${label}, which imports ${fault.url}`;
  return new HandlerError(`Cannot load handler ${which}: ${fault.message}`, label, {
    cause: fault,
  });
}

/** What the runtime quotes of a source, and how it colours it. */
const QUOTATION = /^\s*\d*\s*\|.*$/gm;
const COLOUR = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*m`, "g");

/**
 * Why something failed, in one line.
 *
 * @param error What was thrown.
 * @returns Its message, without the source that the runtime quotes.
 */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.replaceAll(COLOUR, "").replaceAll(QUOTATION, " ").replaceAll(/\s+/g, " ");
  return line.trim() === "" ? "no reason is given" : line.trim();
}
