/**
 * The books of a soak: what was done, what was confirmed, and what went wrong.
 *
 * @module
 */

/** What peers enter. */
export class Books {
  readonly #done = new Map<string, number>();
  readonly #violations: string[] = [];
  /** Hashes of confirmed instances by SOP Instance UID, for each receiver by its name. */
  readonly confirmed = new Map<string, Map<string, string>>();

  /** What went wrong, the first of it. */
  get violations(): readonly string[] {
    return this.#violations;
  }

  /** How often each thing was done, by name. */
  get done(): ReadonlyMap<string, number> {
    return new Map([...this.#done].sort(([one], [other]) => one < other ? -1 : 1));
  }

  /** How many instances were confirmed. */
  get confirmations(): number {
    return [...this.confirmed.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Enters that something was done. */
  did(what: string): void {
    this.#done.set(what, (this.#done.get(what) ?? 0) + 1);
  }

  /** Enters that a receiver has confirmed an instance. */
  confirm(receiver: string, uid: string, hash: string): void {
    const hashes = this.confirmed.get(receiver) ?? new Map<string, string>();
    this.confirmed.set(receiver, hashes.set(uid, hash));
  }

  /** Enters what may not be. */
  violation(message: string): void {
    if (this.#violations.length < MOST_VIOLATIONS) this.#violations.push(message);
  }
}

const MOST_VIOLATIONS = 50;
