/**
 * Two association cores wired back to back, with a clock that only the test moves.
 *
 * @module
 */

import { AssociationCore, type CoreOptions } from "../../lib/association/core.ts";
import type { CoreEvent } from "../../lib/association/event.ts";
import { associationAccept, associationRequest } from "../../lib/association/negotiation.ts";
import { DEFAULT_TIMEOUTS } from "../../lib/association/timers.ts";
import type { AssociateRequestPdu } from "../../lib/pdu/pdu.ts";

/** Implicit VR Little Endian. */
export const IMPLICIT = "1.2.840.10008.1.2";
/** Explicit VR Little Endian. */
export const EXPLICIT = "1.2.840.10008.1.2.1";
/** Verification. */
export const ECHO = "1.2.840.10008.1.1";
/** CT Image Storage. */
export const CT = "1.2.840.10008.5.1.4.1.1.2";

/** A request for Verification (context 1) and CT storage (context 3). */
export function sampleRequest(maximumLength = 16384): AssociateRequestPdu {
  return associationRequest({
    callingAeTitle: "LEFT",
    calledAeTitle: "RIGHT",
    presentationContexts: [
      { abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [EXPLICIT, IMPLICIT] },
    ],
    maximumLength,
  });
}

/** One event as the test sees it: views copied, since they do not live on. */
export type SeenEvent = CoreEvent;

/** A requestor and an acceptor, each with what it has seen. */
export class CorePair {
  readonly requestor: AssociationCore;
  readonly acceptor: AssociationCore;
  readonly requestorSaw: SeenEvent[] = [];
  readonly acceptorSaw: SeenEvent[] = [];
  now = 0;
  /** How many bytes are handed over at once. */
  pieceLength = Number.MAX_SAFE_INTEGER;

  constructor(options: Partial<CoreOptions> = {}) {
    const resolved = { maximumLength: 16384, timeouts: DEFAULT_TIMEOUTS, ...options };
    this.requestor = AssociationCore.requestor(sampleRequest(resolved.maximumLength), resolved);
    this.acceptor = AssociationCore.acceptor(resolved, this.now);
    this.requestor.transportConnected(this.now);
  }

  /** Carries bytes in both directions until nothing moves. */
  drive(): void {
    for (let moved = true; moved;) {
      moved = carry(this.requestor, this.acceptor, this.acceptorSaw, this) ||
        carry(this.acceptor, this.requestor, this.requestorSaw, this);
    }
  }

  /** Negotiates: the acceptor takes the first transfer syntax of every context. */
  establish(): void {
    this.drive();
    const event = this.acceptorSaw.shift();
    if (event?.type !== "association-requested") throw new TypeError(`Saw ${event?.type}`);
    this.acceptor.accept(
      associationAccept(event.request, {
        select: (_uid, [first]) => first ?? 4,
        maximumLength: 16384,
      }),
      this.now,
    );
    this.drive();
    const accepted = this.requestorSaw.shift();
    if (accepted?.type !== "association-accepted") throw new TypeError(`Saw ${accepted?.type}`);
  }
}

/** Pulls everything a core has to tell. */
export function pull(core: AssociationCore, now: number): SeenEvent[] {
  const events: SeenEvent[] = [];
  for (let event = core.nextEvent(now); event; event = core.nextEvent(now)) {
    events.push(event.type === "data" ? { ...event, data: event.data.slice() } : event);
  }
  return events;
}

function carry(
  from: AssociationCore,
  to: AssociationCore,
  saw: SeenEvent[],
  pair: CorePair,
): boolean {
  const output = from.takeOutput();
  for (const bytes of output) {
    for (let at = 0; at < bytes.byteLength; at += pair.pieceLength) {
      to.receive(bytes.slice(at, at + pair.pieceLength), pair.now);
      saw.push(...pull(to, pair.now));
    }
  }
  saw.push(...pull(to, pair.now));
  return output.length > 0;
}
