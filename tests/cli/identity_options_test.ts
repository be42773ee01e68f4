import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import {
  checkIdentity,
  type IdentityOptions,
  identityOptions,
  PASSWORD_VARIABLE,
  readIdentity,
  requireConfirmation,
} from "../../cli/identity_options.ts";
import type { Io } from "../../cli/io.ts";
import { ToolLog } from "../../cli/log.ts";
import { associate } from "../../lib/net/requestor.ts";
import { ToolBench } from "./tool_bench.ts";

function options(...args: readonly string[]): IdentityOptions {
  const result = identityOptions().parse(args);
  assert.ok(result.success);
  return result.value;
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

const FILES = new Map([
  ["password", bytes("geheim\n")],
  ["password.crlf", bytes("geheim\r\n")],
  ["password.plain", bytes(" ge\nheim ")],
  ["jwt", bytes("a.b.c\n")],
  ["saml", bytes("<Assertion/>\n")],
  ["kerberos", Uint8Array.of(0x6e, 0, 0x0a)],
  ["empty", new Uint8Array()],
  ["line", bytes("\n")],
  ["huge", new Uint8Array(56 * 1024 + 1)],
  ["largest", new Uint8Array(56 * 1024)],
]);

function surroundings(environment?: Io["environment"]): Io {
  const { io, files } = new ToolBench();
  for (const [path, content] of FILES) files.set(path, content);
  return environment === undefined ? io : { ...io, environment };
}

function pure(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

interface Case {
  readonly args: string;
  readonly environment?: string | null;
  readonly type: number;
  readonly primary: Uint8Array;
  readonly secondary?: string;
  readonly response?: boolean;
}

const CASES: readonly Case[] = [
  { args: "--user anna", type: 1, primary: bytes("anna") },
  { args: "--user Jürgen", type: 1, primary: bytes("Jürgen") },
  {
    args: "--user anna --user-response",
    type: 1,
    primary: bytes("anna"),
    response: true,
  },
  ...["password", "password.crlf"].map((file) => ({
    args: `--user anna --password-file ${file}`,
    type: 2,
    primary: bytes("anna"),
    secondary: "geheim",
  })),
  {
    args: "--user anna --password-file password.plain",
    type: 2,
    primary: bytes("anna"),
    secondary: " ge\nheim ",
  },
  {
    args: "--user anna",
    environment: "of the environment",
    type: 2,
    primary: bytes("anna"),
    secondary: "of the environment",
  },
  {
    args: "--user anna --password-file password",
    environment: "of the environment",
    type: 2,
    primary: bytes("anna"),
    secondary: "geheim",
  },
  { args: "--user anna", environment: "", type: 1, primary: bytes("anna") },
  { args: "--user anna", environment: null, type: 1, primary: bytes("anna") },
  { args: "--kerberos-file kerberos", type: 3, primary: Uint8Array.of(0x6e, 0, 0x0a) },
  { args: "--saml-file saml", type: 4, primary: bytes("<Assertion/>\n") },
  { args: "--jwt-file jwt", environment: "x", type: 5, primary: bytes("a.b.c") },
  { args: "--kerberos-file largest", type: 3, primary: new Uint8Array(56 * 1024) },
];

for (const each of CASES) {
  const { args, environment, type, primary, secondary = "", response = false } = each;
  pure(
    `readIdentity() reads "${args}" with the environment ${JSON.stringify(environment)}`,
    async () => {
      const asked: string[] = [];
      const io = surroundings((name) => {
        asked.push(name);
        return environment;
      });
      let told = "";
      const log = new ToolLog("debug", (text) => void (told += text));
      const identity = await readIdentity(options(...args.split(" ")), io, log);
      assert.deepEqual(identity, {
        type,
        positiveResponseRequested: response,
        primaryField: primary,
        secondaryField: bytes(secondary),
      });
      const isAsked = args.startsWith("--user") && !args.includes("--password-file");
      assert.deepEqual(asked, isAsked ? [PASSWORD_VARIABLE] : []);
      assert.equal(
        told,
        environment === null
          ? "I: The user name goes without a password: there is no --password-file, and " +
            "DIMSE_PASSWORD cannot be read without --allow-env=DIMSE_PASSWORD\n"
          : "",
      );
    },
  );
}

pure("readIdentity() asks for the password at the terminal, and for nothing else", async () => {
  const log = new ToolLog("quiet", () => {});
  const asked: string[] = [];
  const typing = (answer: string | null | undefined): Io => ({
    ...surroundings(() => assert.fail("the environment is not asked")),
    askSecret: (question) => {
      asked.push(question);
      return typeof answer === "string" ? bytes(answer) : answer;
    },
  });
  const given = options("--user", "an\x1bna", "--ask-password");
  const identity = await readIdentity(given, typing("geheim"), log);
  assert.deepEqual([identity?.type, identity?.secondaryField], [2, bytes("geheim")]);
  assert.deepEqual(asked, ["Password of an\\x1bna: "]);
  for (
    const [io, message] of [
      [typing(undefined), /^Cannot ask for the password: the standard input is no terminal/],
      [surroundings(), /^Cannot ask for the password: the standard input is no terminal/],
      [typing(""), /^Cannot use the password: it is empty$/],
    ] as const
  ) await assert.rejects(readIdentity(given, io, log), { name: "UsageError", message });
  await assert.rejects(readIdentity(given, typing(null), log), { name: "InterruptedError" });
});

pure("readIdentity() is undefined, and reads nothing, when no option is given", async () => {
  const io = surroundings(() => assert.fail("nothing is to be read"));
  assert.equal(await readIdentity(options(), io, new ToolLog("quiet", () => {})), undefined);
});

pure("readIdentity() takes surroundings without an environment", async () => {
  const log = new ToolLog("debug", () => assert.fail("nothing is to be told"));
  assert.equal((await readIdentity(options("--user", "a"), surroundings(), log))?.type, 1);
});

const UNUSABLE: readonly (readonly [args: readonly string[], message: string])[] = [
  [
    ["--user", "a", "--password-file", "none"],
    "Cannot read password file none: there is no such file",
  ],
  [["--user", "a", "--password-file", "empty"], "Cannot use password file empty: it is empty"],
  [["--jwt-file", "line"], "Cannot use JWT file line: it is empty"],
  [["--saml-file", "empty"], "Cannot use SAML file empty: it is empty"],
  [["--kerberos-file", "empty"], "Cannot use Kerberos file empty: it is empty"],
  [
    ["--saml-file", "huge"],
    "Cannot use the user identity: 57345 bytes exceed the 57344 that may be sent",
  ],
];

for (const [args, message] of UNUSABLE) {
  pure(`readIdentity() refuses ${args.join(" ")}`, async () => {
    const reading = readIdentity(options(...args), surroundings(), new ToolLog("quiet", () => {}));
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.message, message);
      return true;
    });
  });
}

const ONE_OF =
  "Cannot combine --user, --jwt-file, --saml-file and --kerberos-file: give one of them";
const CONTRADICTIONS: readonly (readonly [args: readonly string[], message: string | undefined])[] =
  [
    [[], undefined],
    [["--user", "a", "--password-file", "p", "--user-response"], undefined],
    [["--jwt-file", "j", "--user-response"], undefined],
    [["--user", "a", "--jwt-file", "j"], ONE_OF],
    [["--saml-file", "s", "--kerberos-file", "k"], ONE_OF],
    [["--user", "a", "--saml-file", "s", "--password-file", "p"], ONE_OF],
    [["--user", ""], "Cannot use --user: the name is empty"],
    [["--password-file", "p"], "Cannot use --password-file without --user"],
    [["--user", "a", "--ask-password"], undefined],
    [["--ask-password"], "Cannot use --ask-password without --user"],
    [
      ["--user", "a", "--ask-password", "--password-file", "p"],
      "Cannot combine --ask-password and --password-file: give one of them",
    ],
    [["--jwt-file", "j", "--password-file", "p"], "Cannot use --password-file without --user"],
    [
      ["--user-response"],
      "Cannot use --user-response without --user, --jwt-file, --saml-file or --kerberos-file",
    ],
  ];

for (const [args, message] of CONTRADICTIONS) {
  pure(`checkIdentity() ${message === undefined ? "takes" : "refuses"} "${args.join(" ")}"`, () => {
    if (message === undefined) checkIdentity(options(...args));
    else assert.throws(() => checkIdentity(options(...args)), new UsageError(message));
  });
}

for (const [isAsked, isAnswered] of [[false, false], [false, true], [true, true], [true, false]]) {
  const name = `requireConfirmation() when it was ${isAsked ? "" : "not "}asked for, and ` +
    `${isAnswered ? "came" : "did not come"}`;
  pure(name, async () => {
    const bench = new ToolBench();
    const identity = {
      type: 1,
      positiveResponseRequested: isAsked ?? false,
      primaryField: bytes("anna"),
      secondaryField: new Uint8Array(),
    };
    const associating = associate({
      hostname: "h",
      port: 104,
      callingAeTitle: "A",
      calledAeTitle: "B",
      presentationContexts: [{ abstractSyntax: "1.2", transferSyntaxes: ["1.2.840.10008.1.2"] }],
      userIdentity: identity,
      clock: bench.clock,
      ...(bench.io.connect ? { connect: bench.io.connect } : {}),
    });
    const { peer } = await bench.acceptAssociation(
      isAnswered ? { userIdentityResponse: new Uint8Array() } : {},
    );
    const association = await associating;
    const check = (): void => requireConfirmation(association, identity);
    if (isAsked && !isAnswered) assert.throws(check, { name: "NegotiationError" });
    else check();
    requireConfirmation(association, undefined);
    const releasing = association.release();
    await peer.acceptRelease();
    await releasing;
  });
}
