/**
 * Querying by C-FIND, from the keys to the matches.
 *
 * @module
 */

import type { DataSet } from "../lib/data_set/data_set.ts";
import { encodeStrings } from "../lib/data_set/value.ts";
import { VR_TRAITS } from "../lib/data_set/vr.ts";
import { STATUS, statusCategory } from "../lib/dimse/status.ts";
import { ConnectionError } from "../lib/errors.ts";
import type { Association } from "../lib/net/association.ts";
import type { UserIdentity } from "../lib/pdu/pdu.ts";
import { cFind, type FindResponse } from "../lib/service/query_scu.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../lib/transfer_syntax.ts";
import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import { reportEnd } from "./failure.ts";
import { buildIdentifier, type Identifier, type IdentifierSources } from "./identifier.ts";
import { readIdentity, requireConfirmation } from "./identity_options.ts";
import { defaultModel } from "./information_model.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { ToolLog } from "./log.ts";
import { type MatchOptions, MatchOutput, MatchOutputError } from "./match_output.ts";
import type { ToolOutput } from "./output.ts";
import { logFindRequest, logFindResponse } from "./query_log.ts";
import {
  FIND_SOP_CLASS,
  type QueryExtensions,
  type QueryModel,
  queryNegotiation,
} from "./query_model.ts";
import { requestOptionsOf, withAssociation } from "./requested_association.ts";
import type { RequestorOptions } from "./requestor.ts";
import { Retry } from "./retry.ts";
import { reasonOfStatus } from "./retry_reason.ts";
import type { ToldMatches } from "./told_matches.ts";

/** What findscu is to do: the command line, resolved. */
export interface FindOptions extends RequestorOptions {
  /** `undefined` when the identifier decides. */
  readonly model: QueryModel | undefined;
  readonly sources: IdentifierSources;
  /** The character sets of the keys; UTF-8 where needed by default. */
  readonly characterSets: readonly string[] | undefined;
  /** The character sets of matches that name none. */
  readonly assumedCharacterSets: readonly string[] | undefined;
  /** How many matches are enough. */
  readonly maximum: number | undefined;
  readonly extensions: QueryExtensions;
  /** Where the matches go beside the log. */
  readonly matches: MatchOptions;
}

/** One query by C-FIND: what findscu does when its command line is read. */
export class FindOperation {
  readonly #options: FindOptions;
  readonly #interrupt: Interrupt;
  readonly #output: ToolOutput;
  readonly #log: ToolLog;
  readonly #io: Io;
  readonly #matches: MatchOutput;
  /** Aborted when there are matches enough. */
  readonly #enough = new AbortController();
  /** What was found before, when the query may be asked again. */
  #told: ToldMatches | undefined;
  #hasBegun = false;
  #isConnected = false;
  #found = 0;
  #unreadable = 0;
  #isCharacterSetMissed = false;

  /**
   * Makes an operation; nothing is done until it is run.
   *
   * @param options What to do.
   * @param interrupt The user's wish to stop.
   * @param output Where to tell what happens.
   * @param io The surroundings.
   */
  constructor(options: FindOptions, interrupt: Interrupt, output: ToolOutput, io: Io) {
    this.#options = options;
    this.#interrupt = interrupt;
    this.#output = output;
    this.#log = output.log;
    this.#io = io;
    this.#matches = new MatchOutput(options.matches, output.progress);
  }

  /**
   * Does it; to be called once.
   *
   * @returns The exit code.
   */
  async run(): Promise<ExitCode> {
    try {
      return await this.#run();
    } catch (error) {
      this.#output.progress.stop();
      return this.#report(error);
    }
  }

  #report(error: unknown): ExitCode {
    if (error instanceof MatchOutputError) {
      this.#log.error(error.message);
      return EXIT_CODE.storage;
    }
    return reportEnd(this.#log, error, {
      isCancelled: this.#interrupt.cancel.aborted,
      isConnected: this.#isConnected,
    });
  }

  async #run(): Promise<ExitCode> {
    const { sources, warnings, characterSets, model } = this.#options;
    for (const warning of warnings) this.#log.warn(warning);
    const hasLevel = model !== "worklist" && model !== "unified-procedure-step";
    const level = hasLevel ? "presence" : "none";
    const rules = { level, characterSets } as const;
    const identifier = await buildIdentifier(sources, this.#io, this.#log, rules);
    const identity = await readIdentity(this.#options.identity, this.#io, this.#log);
    await this.#matches.prepare();
    const final = await this.#persist(() => this.#query(identifier, identity));
    return this.#outcome(final.status);
  }

  /** Queries, and again where that may help; what was found before is not told again. */
  async #persist(query: () => Promise<FindResponse>): Promise<FindResponse> {
    const { retry: policy } = this.#options;
    if (policy.retries > 0) this.#told = new (await import("./told_matches.ts")).ToldMatches();
    const surroundings = { io: this.#io, output: this.#output, interrupt: this.#interrupt };
    const retry = new Retry(policy, surroundings);
    return await retry.run(async () => {
      this.#isConnected = false;
      this.#told?.begin();
      try {
        return await query();
      } finally {
        this.#output.progress.stop();
      }
    }, ({ status }) => reasonOfStatus(status, "C-FIND"));
  }

  /** Sends the C-FIND and takes its responses; the last is returned. */
  #query(identifier: Identifier, userIdentity: UserIdentity | undefined): Promise<FindResponse> {
    const model = this.#options.model ?? defaultModel(identifier.level, identifier.hasPatientId);
    this.#log.verbose(`Information model: ${model}`);
    const sopClassUid = FIND_SOP_CLASS[model];
    return withAssociation(
      {
        ...requestOptionsOf(this.#options, userIdentity),
        presentationContexts: [
          { abstractSyntax: sopClassUid, transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES },
        ],
        extendedNegotiations: queryNegotiation(model, this.#options.extensions),
      },
      {
        interrupt: this.#interrupt,
        log: this.#log,
        io: this.#io,
        onConnected: () => this.#isConnected = true,
      },
      async (association) => {
        requireConfirmation(association, userIdentity);
        const since = this.#io.clock.now();
        const final = await this.#find(association, sopClassUid, identifier.dataSet);
        this.#output.progress.stop();
        this.#summarize(this.#io.clock.now() - since);
        return final;
      },
    );
  }

  async #find(
    association: Association,
    sopClassUid: string,
    identifier: DataSet,
  ): Promise<FindResponse> {
    const messageId = association.nextMessageId();
    const origin = {
      sopClassUid,
      transferSyntaxUid: association.contextFor(sopClassUid).transferSyntax,
      aeTitle: this.#options.calledAeTitle,
    };
    const isWanted = this.#matches.isLog;
    logFindRequest(this.#log, messageId, identifier, isWanted);
    if (!this.#hasBegun) this.#matches.begin();
    this.#hasBegun = true;
    this.#output.progress.start(() => ({ unit: "responses", done: this.#found }));
    const signal = AbortSignal.any([this.#interrupt.cancel, this.#enough.signal]);
    for await (
      const response of cFind(association, { sopClassUid, identifier, messageId, signal })
    ) {
      if (response.isFinal) {
        logFindResponse(this.#log, response, isWanted);
        return response;
      }
      // What was on its way when there were enough is not asked for.
      if (this.#enough.signal.aborted) continue;
      const { identifier: match } = response;
      if (match !== undefined && this.#told?.isNew(match) === false) continue;
      if (match !== undefined) this.#settleCharacterSet(match);
      logFindResponse(this.#log, response, isWanted);
      if (match === undefined) {
        this.#unreadable += 1;
        if (response.identifierError === undefined) {
          this.#log.error("A match came without identifier");
        }
        continue;
      }
      this.#found += 1;
      await this.#matches.write(match, this.#found, origin);
      if (this.#found === this.#options.maximum) this.#enough.abort();
    }
    throw new ConnectionError("The association ended without a response");
  }

  /** Of a match that names no character set, states the one that the user knows of. */
  #settleCharacterSet(match: DataSet): void {
    if (match.characterSets.some((term) => term !== "")) return;
    const { assumedCharacterSets } = this.#options;
    if (assumedCharacterSets !== undefined) {
      const value = encodeStrings("CS", assumedCharacterSets, []);
      match.set({ tag: SPECIFIC_CHARACTER_SET, vr: "CS", value });
    } else if (!this.#isCharacterSetMissed && hasUnreadableText(match)) {
      this.#isCharacterSetMissed = true;
      this.#log.warn(
        "The peer names no character set for text that is not ASCII: tell it with --assume-charset",
      );
    }
  }

  #summarize(elapsed: number): void {
    const noun = this.#found === 1 ? "match" : "matches";
    const unreadable = this.#unreadable > 0 ? `; ${this.#unreadable} could not be read` : "";
    const more = this.#enough.signal.aborted ? "; no more were asked for" : "";
    const time = `${(elapsed / 1000).toFixed(1)} s`;
    this.#log.info(`Found ${this.#found} ${noun} in ${time}${unreadable}${more}`);
  }

  #outcome(status: number): ExitCode {
    if (status === STATUS.cancel) {
      const isWanted = this.#enough.signal.aborted && !this.#interrupt.cancel.aborted;
      if (!isWanted) return EXIT_CODE.cancelled;
      return this.#unreadable > 0 ? EXIT_CODE.partial : EXIT_CODE.success;
    }
    switch (statusCategory(status)) {
      case "success":
        return this.#unreadable > 0 ? EXIT_CODE.partial : EXIT_CODE.success;
      case "warning":
        return EXIT_CODE.partial;
      default:
        return EXIT_CODE.failure;
    }
  }
}

/** Whether there is text, in items too, that the default repertoire cannot explain. */
function hasUnreadableText(dataSet: DataSet): boolean {
  for (const { tag, vr } of dataSet) {
    if (VR_TRAITS[vr].characterSet) {
      if (dataSet.getStrings(tag).some((text) => text.includes("\ufffd"))) return true;
    } else if (dataSet.getItems(tag).some(hasUnreadableText)) {
      return true;
    }
  }
  return false;
}

const SPECIFIC_CHARACTER_SET = 0x00080005;
