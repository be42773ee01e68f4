/**
 * The associations to one destination: kept for a while when they have nothing to do, and never more
 * of them at once than is allowed.
 *
 * @module
 */

import type { StorageAssociation, StorageContext } from "../lib/handler/handler.ts";

/** What an association has to be like. */
export interface AssociationNeed {
  /** Who calls. */
  readonly callingAeTitle: string;
  /** What to propose. */
  readonly contexts: readonly StorageContext[];
}

/** How a pool opens, keeps and bounds. */
export interface AssociationPoolOptions {
  /** Requests an association; the signal gives up, and aborts it when it stands. */
  open(need: AssociationNeed, signal: AbortSignal): Promise<StorageAssociation>;
  /** How many may stand at once. */
  readonly maximum: number;
  /** How long one is kept that has nothing to do, in milliseconds. */
  readonly idleTime: number;
  /** How to release one later. */
  readonly schedule: Schedule;
}

/** Calls a function after so many milliseconds, and returns what takes the call back. */
export type Schedule = (delay: number, callback: () => void) => () => void;

/** An association on loan. */
export interface Loan {
  readonly association: StorageAssociation;
  /** Whether it stood before: then it may have died unnoticed. */
  readonly isReused: boolean;
  /** Gives it back. */
  giveBack(): void;
}

/** How to take an association. */
export interface TakeOptions {
  /** Gives up waiting. */
  readonly signal: AbortSignal;
  /** Whether only a new one will do. */
  readonly fresh?: boolean;
}

/** An association, and what is known of it. */
interface Member {
  readonly key: string;
  readonly association: StorageAssociation;
  readonly abort: (reason: Error) => void;
  /** Takes its closing back. */
  keep?: (() => void) | undefined;
}

/** Who waits until an association, or the place for one, is free. */
interface Waiting {
  readonly key: string;
  readonly fresh: boolean;
  /** With the association, or nothing when there is a place for one. */
  readonly go: (member: Member | undefined) => void;
}

/**
 * Lends associations by what they are like.
 *
 * @example
 * ```ts
 * import { AssociationPool } from "./forward_pool.ts";
 * import assert from "node:assert/strict";
 *
 * const { signal } = new AbortController();
 * let opened = 0;
 * await using pool = new AssociationPool({
 *   open() {
 *     opened++;
 *     const store = () => Promise.resolve({ status: 0x0000 });
 *     return Promise.resolve({ contexts: [], signal, store, async [Symbol.asyncDispose]() {} });
 *   },
 *   maximum: 10,
 *   idleTime: 10_000,
 *   schedule: () => () => {},
 * });
 * const need = { callingAeTitle: "ROUTER", contexts: [] };
 * for (let i = 0; i < 3; i++) (await pool.take(need, { signal })).giveBack();
 * assert.equal(opened, 1);
 * ```
 */
export class AssociationPool implements AsyncDisposable {
  readonly #options: AssociationPoolOptions;
  /** Those that have nothing to do, the one used last at the end. */
  readonly #idle: Member[] = [];
  readonly #busy = new Set<Member>();
  readonly #opening = new Set<AbortController>();
  /** Of those that are being opened, the ones that wait for long. */
  readonly #slow = new Set<AbortController>();
  /** What is not done yet: to be waited for at the end. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #waiting: Waiting[] = [];
  /** Those that stand, are requested or released, and places that are promised to who waits. */
  #count = 0;
  #over: Error | undefined;

  /**
   * Makes a pool of no associations.
   *
   * @param options How to open, keep and bound.
   */
  constructor(options: AssociationPoolOptions) {
    this.#options = options;
  }

  /**
   * Lends an association: one that has nothing to do, or a new one. Waits for a place where as many
   * stand as are allowed.
   *
   * @param need What it has to be like.
   * @param options How to take it.
   * @returns The association; to be given back.
   * @throws When it cannot be requested; the signal's reason; when the pool is closed.
   */
  async take(need: AssociationNeed, options: TakeOptions): Promise<Loan> {
    const { signal, fresh = false } = options;
    signal.throwIfAborted();
    if (this.#over !== undefined) throw this.#over;
    const key = keyOf(need);
    const idle = fresh ? undefined : this.#takeIdle(key);
    if (idle !== undefined) return this.#lend(idle, true);
    if (this.#count < this.#options.maximum) {
      this.#count += 1;
    } else {
      // The place of one that nobody uses goes to whoever waits first, which is us if nobody else does.
      const next = this.#waitFor(key, fresh, signal);
      const unused = this.#idle.shift();
      if (unused !== undefined) this.#close(unused);
      const member = await next;
      if (member !== undefined) return this.#lend(member, true);
    }
    return this.#lend(await this.#open(key, need, signal), false);
  }

  /**
   * Releases what has nothing to do, and aborts the rest.
   *
   * @returns When all is closed.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over ??= new Error("Cannot forward: the handler is shut down");
    this.#closeIdle();
    for (const member of this.#busy) {
      member.abort(this.#over);
      this.#close(member);
    }
    for (const controller of this.#opening) controller.abort(this.#over);
    while (this.#waiting.length > 0) this.#waiting.shift()?.go(undefined);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #takeIdle(key: string): Member | undefined {
    const index = this.#idle.findLastIndex((member) => member.key === key);
    const [member] = index === -1 ? [] : this.#idle.splice(index, 1);
    member?.keep?.();
    return member;
  }

  #lend(member: Member, isReused: boolean): Loan {
    this.#busy.add(member);
    if (this.#over !== undefined) {
      this.#close(member);
      throw this.#over;
    }
    return {
      association: member.association,
      isReused,
      giveBack: () => {
        if (this.#busy.delete(member)) this.#takeBack(member);
      },
    };
  }

  #takeBack(member: Member): void {
    if (this.#over !== undefined || member.association.signal.aborted) {
      this.#close(member);
      return;
    }
    const [first] = this.#waiting;
    if (first?.key === member.key && !first.fresh) {
      this.#waiting.shift()?.go(member);
    } else if (first !== undefined || this.#slow.size > 0) {
      this.#close(member);
    } else {
      member.keep = this.#options.schedule(this.#options.idleTime, () => this.#drop(member));
      this.#idle.push(member);
    }
  }

  /** Of those that have nothing to do. */
  #drop(member: Member): void {
    const index = this.#idle.indexOf(member);
    if (index === -1) return;
    this.#idle.splice(index, 1);
    this.#close(member);
  }

  async #open(key: string, need: AssociationNeed, signal: AbortSignal): Promise<Member> {
    const controller = new AbortController();
    const giveUp = (): void => controller.abort(signal.reason);
    const opened = Promise.withResolvers<void>();
    this.#track(() => opened.promise);
    this.#opening.add(controller);
    signal.addEventListener("abort", giveUp, { once: true });
    // A destination that serves one association after the other gets to ours when the others are gone.
    const calm = this.#options.schedule(SLOW_OPENING, () => {
      this.#slow.add(controller);
      this.#closeIdle();
    });
    try {
      signal.throwIfAborted();
      if (this.#over !== undefined) throw this.#over;
      const association = await this.#request(need, controller.signal);
      if (this.#over !== undefined) {
        await association[Symbol.asyncDispose]();
        throw this.#over;
      }
      const member: Member = { key, association, abort: (reason) => controller.abort(reason) };
      association.signal.addEventListener("abort", () => this.#drop(member), { once: true });
      return member;
    } catch (error) {
      this.#freePlace();
      throw error;
    } finally {
      calm();
      signal.removeEventListener("abort", giveUp);
      this.#opening.delete(controller);
      this.#slow.delete(controller);
      opened.resolve();
    }
  }

  async #request(need: AssociationNeed, signal: AbortSignal): Promise<StorageAssociation> {
    try {
      return await this.#options.open(need, signal);
    } catch (error) {
      if (this.#idle.length === 0 || signal.aborted) throw error;
      // It may have no room for one more.
      await Promise.all(this.#closeIdle());
      return await this.#options.open(need, signal);
    }
  }

  #closeIdle(): Promise<void>[] {
    return this.#idle.splice(0).map((member) => this.#close(member));
  }

  #close(member: Member): Promise<void> {
    member.keep?.();
    this.#busy.delete(member);
    return this.#track(async () => {
      try {
        await member.association[Symbol.asyncDispose]();
      } catch {
        // It was lost meanwhile: it is over, and that is what was asked for.
      } finally {
        this.#freePlace();
      }
    });
  }

  #track(work: () => Promise<void>): Promise<void> {
    const done = work().finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
    return done;
  }

  #freePlace(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#count -= 1;
    else next.go(undefined);
  }

  #waitFor(key: string, fresh: boolean, signal: AbortSignal): Promise<Member | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Member | undefined>();
    const waiting: Waiting = {
      key,
      fresh,
      go: (member) => {
        signal.removeEventListener("abort", giveUp);
        resolve(member);
      },
    };
    const giveUp = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    this.#waiting.push(waiting);
    return promise;
  }
}

/** Where an association takes longer to come, in milliseconds, the destination may be busy with ours. */
const SLOW_OPENING = 500;

/** The same for needs that an association serves alike. */
function keyOf({ callingAeTitle, contexts }: AssociationNeed): string {
  const pairs = contexts.map(({ sopClassUid, transferSyntaxUid }) =>
    `${sopClassUid} ${transferSyntaxUid}`
  );
  return [callingAeTitle, ...new Set(pairs.sort())].join("\n");
}
