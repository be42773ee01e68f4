/**
 * A requestor on a connection in memory, and a scripted acceptor behind it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Association } from "../../lib/net/association.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import { associate, type AssociateOptions } from "../../lib/net/requestor.ts";
import { CT, ECHO, IMPLICIT } from "./core_pair.ts";
import { FakeClock } from "./fake_clock.ts";
import { memoryPair, type MemoryTransport } from "./memory_transport.ts";
import { ScriptedPeer } from "./scripted_peer.ts";

export { pure } from "./pure.ts";

/** Study Root Query/Retrieve Information Model, MOVE. */
export const MOVE = "1.2.840.10008.5.1.4.1.2.2.2";

/** A requestor and what stands against it. */
export interface Requesting {
  readonly clock: FakeClock;
  readonly peer: ScriptedPeer;
  /** The peer's end of the connection. */
  readonly far: MemoryTransport;
  /** Our end of the connection. */
  readonly near: MemoryTransport;
  readonly events: AssociationEvent[];
  /** Requests: context 1 Verification, 3 CT, 5 C-MOVE, all in implicit VR. */
  associate(options?: Partial<AssociateOptions>): Promise<Association>;
  /** The same, and the peer accepts all of it, and says how many operations it takes at once. */
  associated(options?: Partial<AssociateOptions>, operations?: number): Promise<Association>;
  /** The peer closes; afterwards nothing is left of the association. */
  end(association: Association): Promise<void>;
}

/** Makes a requestor and its peer. */
export function requesting(capacity?: number): Requesting {
  const clock = new FakeClock();
  const [near, far] = memoryPair(capacity);
  const events: AssociationEvent[] = [];
  const peer = new ScriptedPeer(far);
  const associateWith = (options: Partial<AssociateOptions> = {}): Promise<Association> =>
    associate({
      hostname: "peer",
      port: 104,
      callingAeTitle: "LEFT",
      calledAeTitle: "RIGHT",
      presentationContexts: [
        { abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] },
        { abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
        { abstractSyntax: MOVE, transferSyntaxes: [IMPLICIT] },
      ],
      connect: () => Promise.resolve(near),
      clock,
      observer: (event) => void events.push(event),
      ...options,
    });
  return {
    clock,
    near,
    far,
    events,
    peer,
    associate: associateWith,
    async associated(options, operations) {
      const pending = associateWith(options);
      await peer.acceptAssociation((accept) => {
        if (operations === undefined) return accept;
        const asynchronousOperationsWindow = { invoked: operations, performed: 1 };
        return {
          ...accept,
          userInformation: { ...accept.userInformation, asynchronousOperationsWindow },
        };
      });
      return await pending;
    },
    async end(association) {
      far.close();
      await association.closed;
      assert.ok(near.isClosed);
      assert.equal(clock.pending, 0);
    },
  };
}

/** The error of a promise that must fail, observed at once so that it is never unhandled. */
export function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => Promise.reject(new assert.AssertionError({ message: "It did not fail" })),
    (error: Error) => error,
  );
}
