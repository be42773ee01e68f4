/**
 * A core of an association and a user of it, before a peer that sends what it likes.
 *
 * What the user does depends on the events alone, never on how the bytes were split: so two
 * conversations of the same bytes must be the same.
 *
 * @module
 */

import { AssociationCore } from "../../../lib/association/core.ts";
import type { CoreEvent } from "../../../lib/association/event.ts";
import { associationAccept, userRejection } from "../../../lib/association/negotiation.ts";
import type { State } from "../../../lib/association/state_machine.ts";
import { DEFAULT_TIMEOUTS } from "../../../lib/association/timers.ts";
import { concatBytes } from "../../../lib/bytes.ts";
import type { Message } from "../../../lib/dimse/message.ts";
import { responseTo } from "../../../lib/dimse/response.ts";
import { PduDecoder } from "../../../lib/pdu/decoder.ts";
import type { AssociateRequestPdu, PduEvent } from "../../../lib/pdu/pdu.ts";
import { cut, Random } from "../random.ts";
import { must } from "../target.ts";

const MAXIMUM_LENGTH = 16384;

/** All different: which of two deadlines of the same moment is told depends on when they began. */
const TIMEOUTS = { ...DEFAULT_TIMEOUTS, network: 61_000, acse: 31_000, release: 32_000 };

/**
 * The states of each role (PS3.8 table 9-10) that can be seen from outside: there is no connection yet in
 * Sta4, and the core itself answers in Sta9 and in Sta12.
 */
export const POSSIBLE: Readonly<Record<"requestor" | "acceptor", readonly State[]>> = {
  requestor: ["Sta1", "Sta5", "Sta6", "Sta7", "Sta8", "Sta11", "Sta13"],
  acceptor: ["Sta1", "Sta2", "Sta3", "Sta6", "Sta7", "Sta8", "Sta10", "Sta13"],
};

/** The states in which nobody but the peer can go on, so that a deadline has to run. */
const PEERS_TURN: ReadonlySet<State> = new Set([
  ...["Sta2", "Sta3", "Sta5", "Sta6", "Sta7", "Sta11", "Sta10", "Sta13"] as const,
]);

/** As many deadlines one after the other end any association. */
const DEADLINES = 12;

/** A conversation. */
export interface Conversation {
  /** What the user was told, as text. */
  readonly told: readonly string[];
  /** What was sent. */
  readonly sent: Uint8Array;
  /** The states that were passed through. */
  readonly states: readonly State[];
}

/**
 * Has a conversation to its end, and looks at each step whether all is as it must be.
 *
 * @param role Ours.
 * @param request What a requestor asks for.
 * @param bytes What the peer sends.
 * @param lengths How it is split.
 * @param control Decides what the user does.
 * @returns What was heard and said.
 */
export function converse(
  role: "requestor" | "acceptor",
  request: AssociateRequestPdu,
  bytes: Uint8Array,
  lengths: readonly number[],
  control: number,
): Conversation {
  const user = new User(role, request, control);
  for (const piece of cut(bytes, lengths)) {
    user.hear(piece);
    piece.fill(0xa5);
    if (user.core.wantsClose) break;
  }
  user.end();
  checkSent(user.sent);
  return { told: user.told, sent: concatBytes(user.sent), states: user.states };
}

class User {
  readonly core: AssociationCore;
  readonly told: string[] = [];
  readonly sent: Uint8Array[] = [];
  readonly states: State[] = [];
  readonly #role: "requestor" | "acceptor";
  readonly #random: Random;
  #now = 0;
  #isUp = false;
  /** The event after which there may be none but `closed`. */
  #ending: string | undefined;
  #isClosed = false;
  /** The request that is answered when its data set has come. */
  #pending: { readonly contextId: number; readonly message: Message } | undefined;

  constructor(role: "requestor" | "acceptor", request: AssociateRequestPdu, control: number) {
    this.#role = role;
    this.#random = new Random(control);
    const options = { maximumLength: MAXIMUM_LENGTH, timeouts: TIMEOUTS };
    if (role === "acceptor") this.core = AssociationCore.acceptor(options, 0);
    else {
      this.core = AssociationCore.requestor(request, options);
      this.core.transportConnected(0);
    }
    this.#look();
  }

  /** Gives the core bytes, and pulls all that it tells. */
  hear(bytes: Uint8Array): void {
    this.core.receive(bytes, this.#now);
    this.#pull(2 * bytes.length + 16);
  }

  /** The peer sends nothing more: it closes, or falls silent until a deadline ends it. */
  end(): void {
    if (this.#random.oneIn(2)) {
      for (let turn = 0; !this.core.wantsClose && !this.core.isOver; turn++) {
        must(turn < DEADLINES, "a silent peer is let go");
        const next = this.core.nextDeadline;
        if (next === undefined) {
          must(
            this.core.state === "Sta8",
            "a deadline runs while the peer is silent",
            () => this.core.state,
          );
          this.core.acceptRelease(this.#now);
        } else {
          this.#now = Math.max(this.#now, next);
          this.core.handleDeadline(this.#now);
        }
        this.#pull(16);
      }
    }
    this.core.transportClosed(this.#now);
    this.#pull(16);
    must(this.core.isOver, "all is over when the transport is closed", () => this.core.state);
    must(this.core.nextDeadline === undefined, "no deadline runs when all is over");
    this.core.receive(new Uint8Array(64).fill(0x04), this.#now);
    must(this.core.nextEvent(this.#now) === undefined, "what comes after the end is for nobody");
    must(this.core.takeOutput().length === 0, "nothing is sent after the end");
  }

  #pull(most: number): void {
    for (let count = 0;; count++) {
      must(count <= most, "the core comes to an end");
      const event = this.core.nextEvent(this.#now);
      this.#look();
      if (event === undefined) break;
      this.#tell(event);
      this.#look();
    }
    const { state } = this.core;
    must(
      !PEERS_TURN.has(state) || this.core.nextDeadline !== undefined || this.core.wantsClose,
      "a deadline runs where it is the peer's turn",
      () => state,
    );
  }

  #look(): void {
    const { state } = this.core;
    must(POSSIBLE[this.#role].includes(state), "the state is one of the role", () => state);
    if (this.states.at(-1) !== state) this.states.push(state);
    this.sent.push(...this.core.takeOutput());
  }

  #tell(event: CoreEvent): void {
    this.#checkOrder(event.type);
    if (event.type === "data") this.#tellData(event.contextId, event.data, event.isLast);
    else this.told.push(textOf(event));
    this.#react(event);
  }

  #checkOrder(type: CoreEvent["type"]): void {
    must(!this.#isClosed, "nothing is told after `closed`", () => type);
    must(
      this.#ending === undefined || type === "closed",
      "nothing is told after the end",
      () => `${this.#ending}, ${type}`,
    );
    const needsAssociation = type === "message" || type === "data" ||
      type === "release-requested" || type === "released";
    must(!needsAssociation || this.#isUp, "there is an association", () => type);
    if (type === "closed") this.#isClosed = true;
    if (type === "association-rejected" || type === "released" || type === "aborted") {
      this.#ending = type;
    }
  }

  #tellData(contextId: number, data: Uint8Array, isLast: boolean): void {
    must(this.#pending?.contextId === contextId, "data is of the message that announced it");
    const head = `data ${contextId} `;
    if (this.told.at(-1)?.startsWith(head)) this.told[this.told.length - 1] += data.toHex();
    else this.told.push(head + data.toHex());
    if (isLast) this.told.push("last");
  }

  #react(event: CoreEvent): void {
    switch (event.type) {
      case "association-requested":
        return this.#answerRequest(event.request);
      case "association-accepted":
        this.#isUp = true;
        return this.#ask();
      case "message":
        must(this.core.context(event.contextId) !== undefined, "a message comes by a context");
        this.#pending = { contextId: event.contextId, message: event.message };
        if (!event.message.hasDataSet) this.#answer();
        return;
      case "data":
        if (event.isLast) this.#answer();
        return;
      case "release-requested":
        if (this.#random.oneIn(3)) this.#echo();
        if (!this.#random.oneIn(4)) this.core.acceptRelease(this.#now);
        return;
      default:
        return;
    }
  }

  #answerRequest(request: AssociateRequestPdu): void {
    const reject = userRejection(request);
    if (reject !== undefined) return this.core.reject(reject, this.#now);
    if (this.#random.oneIn(20)) return this.core.abort(this.#now);
    if (this.#random.oneIn(20)) {
      const rejection = { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 1 } as const;
      return this.core.reject(rejection, this.#now);
    }
    const accept = associationAccept(request, {
      select: (_uid, [first]) => first ?? 4,
      roles: () => ({ scu: true, scp: true }),
      extendedNegotiation: ({ information }) => information,
      maximumLength: MAXIMUM_LENGTH,
    });
    this.core.accept(accept, this.#now);
    this.#isUp = true;
  }

  /** Answers a request; takes a response, and asks for something else. */
  #answer(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) return;
    const { contextId, message } = pending;
    switch (this.#random.below(24)) {
      case 0:
        return this.core.abort(this.#now);
      case 1:
      case 2:
      case 3:
        return this.core.isEstablished ? this.core.release(this.#now) : undefined;
      default:
        break;
    }
    if (!this.core.canSend) return;
    if (message.type.endsWith("-RSP")) return this.#ask();
    if (message.type === "C-ECHO-RQ") {
      this.core.send(contextId, responseTo(message, { status: 0 }), undefined, this.#now);
    } else if (message.type === "C-STORE-RQ") {
      this.core.send(contextId, responseTo(message, { status: 0xa700 }), undefined, this.#now);
    } else if (message.type === "C-FIND-RQ") {
      const status = this.#random.oneIn(2) ? 0xff00 : 0;
      const dataSet = status === 0 ? undefined : Uint8Array.fromHex("080052000600535455445920");
      const response = { ...responseTo(message, { status }), hasDataSet: dataSet !== undefined };
      this.core.send(contextId, response, dataSet, this.#now);
    }
  }

  #ask(): void {
    if (this.#random.oneIn(6) && this.core.isEstablished) this.core.release(this.#now);
    else this.#echo();
  }

  #echo(): void {
    const message = {
      type: "C-ECHO-RQ",
      messageId: this.#random.below(0x10000),
      affectedSopClassUid: "1.2.840.10008.1.1",
      hasDataSet: false,
    } as const;
    if (this.core.canSend) this.core.send(1, message, undefined, this.#now);
  }
}

function textOf(event: CoreEvent): string {
  return JSON.stringify(event, (key, value) => {
    if (value instanceof Uint8Array) return value.toHex();
    return key === "error" && value instanceof Error ? `${value.name}: ${value.message}` : value;
  });
}

/** What may not be sent after what: an abort is the last, and there is one at most. */
function checkSent(sent: readonly Uint8Array[]): void {
  const decoder = new PduDecoder({ maximumLength: 0 });
  const types: PduEvent["type"][] = [];
  for (const bytes of sent) {
    decoder.receive(bytes);
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      if (event.type === "P-DATA-TF") continue;
      if (event.type === "PDV" && types.at(-1) === "PDV") continue;
      types.push(event.type);
    }
  }
  must(!decoder.inPdu, "what is sent is whole PDUs");
  const line = types.join(" ");
  must(/^(?!.*A-ABORT .)/.test(line), "an abort is the last that is sent", () => line);
  must(
    /^(A-ASSOCIATE-RQ|A-ASSOCIATE-AC|A-ASSOCIATE-RJ( A-ABORT)?$|A-ABORT$|$)/.test(line),
    "an association is asked for or answered first",
    () => line,
  );
  must(!/A-RELEASE-RP PDV/.test(line), "no data is sent after the release", () => line);
}
