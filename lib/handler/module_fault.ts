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
 * @param handler What the user named the handler by.
 * @param entry The URL of the handler's own module, as it was asked for.
 * @returns The error of the handler.
 */
export function handlerErrorOf(fault: ModuleFault, handler: string, entry: string): HandlerError {
  const which = fault.url === entry || fault.url === handler
    ? handler
    : `${handler}, which imports ${fault.url}`;
  return new HandlerError(`Cannot load handler ${which}: ${fault.message}`, handler, {
    cause: fault,
  });
}

/**
 * Why something failed, as far as one line tells it.
 *
 * @param error What was thrown.
 * @returns Its message.
 */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll(/\s+/g, " ").trim();
}
