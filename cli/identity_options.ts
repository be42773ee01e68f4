/**
 * The options by which a tool tells the peer who its user is (PS3.7 section D.3.3.7).
 *
 * Secrets come from files, the environment or the terminal, never from the command line, which others can see
 * and shells remember. Nothing here puts one into a message.
 *
 * @module
 */

import { string } from "@optique/core/valueparser";
import { NegotiationError } from "../lib/errors.ts";
import type { Association } from "../lib/net/association.ts";
import type { UserIdentity } from "../lib/pdu/pdu.ts";
import { UsageError } from "./exit_code.ts";
import { InterruptedError } from "./interrupt.ts";
import { type Io, reasonOf } from "./io.ts";
import { escapeControls, type ToolLog } from "./log.ts";
import { flagOption, valueOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";

/** The identity options as given on the command line. */
export type IdentityOptions = {
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  readonly askPassword: boolean;
  readonly jwtFile: string | undefined;
  readonly samlFile: string | undefined;
  readonly kerberosFile: string | undefined;
  readonly userResponse: boolean;
};

/** The environment variable of the password. */
export const PASSWORD_VARIABLE = "DIMSE_PASSWORD";

/**
 * The identity options.
 *
 * @returns Their parser.
 */
export function identityOptions(): OptionParser<IdentityOptions> {
  const path = () => string({ metavar: "FILE" });
  return section("User Identity Options", {
    user: valueOption(
      ["--user"],
      string({ metavar: "NAME" }),
      "tell the peer this user name; its password comes from --password-file, --ask-password or the " +
        `environment variable ${PASSWORD_VARIABLE} (needs --allow-env=${PASSWORD_VARIABLE}), else there is none`,
    ),
    passwordFile: valueOption(
      ["--password-file"],
      path(),
      "the file that holds the password; without --tls it is sent as clear text",
    ),
    askPassword: flagOption(
      ["--ask-password"],
      "ask for the password at the terminal, where it is not shown",
    ),
    jwtFile: valueOption(["--jwt-file"], path(), "send the JSON Web Token in this file"),
    samlFile: valueOption(["--saml-file"], path(), "send the SAML assertion in this file"),
    kerberosFile: valueOption(
      ["--kerberos-file"],
      path(),
      "send the Kerberos service ticket in this file",
    ),
    userResponse: flagOption(
      ["--user-response"],
      "ask the peer to confirm the user identity, and go on only when it does",
    ),
  });
}

/**
 * Refuses options that contradict each other.
 *
 * @param options The identity options.
 * @throws {UsageError} When they name more than one identity, or belong to none.
 */
export function checkIdentity(options: IdentityOptions): void {
  const { user, passwordFile, jwtFile, samlFile, kerberosFile } = options;
  const kinds = [user, jwtFile, samlFile, kerberosFile].filter((each) => each !== undefined);
  if (kinds.length > 1) {
    throw new UsageError(
      "Cannot combine --user, --jwt-file, --saml-file and --kerberos-file: give one of them",
    );
  }
  if (user === "") throw new UsageError("Cannot use --user: the name is empty");
  if (passwordFile !== undefined && user === undefined) {
    throw new UsageError("Cannot use --password-file without --user");
  }
  if (options.askPassword && user === undefined) {
    throw new UsageError("Cannot use --ask-password without --user");
  }
  if (options.askPassword && passwordFile !== undefined) {
    throw new UsageError("Cannot combine --ask-password and --password-file: give one of them");
  }
  if (options.userResponse && kinds.length === 0) {
    throw new UsageError(
      "Cannot use --user-response without --user, --jwt-file, --saml-file or --kerberos-file",
    );
  }
}

/**
 * Makes the user identity of the options; reads the files that they name.
 *
 * @param options The identity options.
 * @param io The surroundings.
 * @param log Told when there may be a password that cannot be looked at.
 * @returns The identity; `undefined` when the options name none.
 * @throws {UsageError} When a file cannot be read, is empty or is too large.
 *
 * @example
 * ```ts
 * import { readIdentity } from "./identity_options.ts";
 * import { denoIo } from "./io.ts";
 * import { ToolLog } from "./log.ts";
 * import assert from "node:assert/strict";
 *
 * const options = {
 *   user: undefined,
 *   passwordFile: undefined,
 *   askPassword: false,
 *   jwtFile: "token.jwt",
 *   samlFile: undefined,
 *   kerberosFile: undefined,
 *   userResponse: false,
 * };
 * const io = { ...denoIo, readFile: () => Promise.resolve(new TextEncoder().encode("a.b.c\n")) };
 * const identity = await readIdentity(options, io, new ToolLog("info", () => {}));
 * assert.equal(identity?.type, 5);
 * assert.deepEqual(identity.primaryField, new TextEncoder().encode("a.b.c"));
 * ```
 */
export async function readIdentity(
  options: IdentityOptions,
  io: Io,
  log: ToolLog,
): Promise<UserIdentity | undefined> {
  const fields = await readFields(options, io, log);
  if (fields === undefined) return undefined;
  const [type, primaryField, secondaryField = new Uint8Array()] = fields;
  const length = primaryField.byteLength + secondaryField.byteLength;
  if (length > IDENTITY_LIMIT) {
    throw new UsageError(
      `Cannot use the user identity: ${length} bytes exceed the ${IDENTITY_LIMIT} that may be sent`,
    );
  }
  return { type, positiveResponseRequested: options.userResponse, primaryField, secondaryField };
}

/**
 * Makes sure that the peer has confirmed the identity, where it was asked to.
 *
 * @param association The association, accepted.
 * @param identity What was sent.
 * @throws {NegotiationError} When it was asked to and has not.
 */
export function requireConfirmation(
  association: Association,
  identity: UserIdentity | undefined,
): void {
  if (!identity?.positiveResponseRequested) return;
  if (association.peerInformation?.userIdentityResponse !== undefined) return;
  throw new NegotiationError(
    "Cannot use the association: the peer accepted it without confirming the user identity, " +
      "which --user-response asks for",
  );
}

type Fields = readonly [type: number, primary: Uint8Array, secondary?: Uint8Array];

/** PS3.7 table D.3-14. */
async function readFields(
  options: IdentityOptions,
  io: Io,
  log: ToolLog,
): Promise<Fields | undefined> {
  const { user, passwordFile, jwtFile, samlFile, kerberosFile } = options;
  if (user !== undefined) {
    const name = new TextEncoder().encode(user);
    const password = passwordFile !== undefined
      ? withoutLineEnd(await readSecret(passwordFile, "password", io))
      : options.askPassword
      ? passwordOfTerminal(user, io)
      : passwordOfEnvironment(io, log);
    return password === undefined ? [1, name] : [2, name, password];
  }
  if (kerberosFile !== undefined) return [3, await readSecret(kerberosFile, "Kerberos", io)];
  if (samlFile !== undefined) return [4, await readSecret(samlFile, "SAML", io)];
  if (jwtFile !== undefined) return [5, withoutLineEnd(await readSecret(jwtFile, "JWT", io))];
  return undefined;
}

function passwordOfTerminal(user: string, io: Io): Uint8Array {
  const password = io.askSecret?.(`Password of ${escapeControls(user)}: `);
  if (password === null) throw new InterruptedError();
  if (password === undefined) {
    throw new UsageError(
      "Cannot ask for the password: the standard input is no terminal; give --password-file, or " +
        `the environment variable ${PASSWORD_VARIABLE}`,
    );
  }
  if (password.byteLength === 0) throw new UsageError("Cannot use the password: it is empty");
  return password;
}

function passwordOfEnvironment(io: Io, log: ToolLog): Uint8Array | undefined {
  const value = io.environment?.(PASSWORD_VARIABLE);
  if (value === null) {
    log.info(
      `The user name goes without a password: there is no --password-file, and ${PASSWORD_VARIABLE} ` +
        `cannot be read without --allow-env=${PASSWORD_VARIABLE}`,
    );
  }
  return value ? new TextEncoder().encode(value) : undefined;
}

async function readSecret(path: string, what: string, io: Io): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await io.readFile(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${what} file ${path}: ${reasonOf(error)}`, { cause: error });
  }
  if (withoutLineEnd(bytes).byteLength === 0) {
    throw new UsageError(`Cannot use ${what} file ${path}: it is empty`);
  }
  return bytes;
}

/** An editor ends the last line; the line feed is no part of a password or of a token. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.byteLength;
  if (bytes[end - 1] === 0x0a) end -= 1;
  if (bytes[end - 1] === 0x0d) end -= 1;
  return bytes.subarray(0, end);
}

/**
 * The user information item holds 65535 bytes (PS3.8 section 9.3.2.3); of these, what else a tool
 * negotiates may need 8 KiB.
 */
const IDENTITY_LIMIT = 56 * 1024;
