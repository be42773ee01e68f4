/**
 * The numbers of associations: those of one thread count by themselves, unless it is told otherwise.
 *
 * @module
 */

let counter = 0;

let take = (): number => ++counter;

/**
 * Names a new association.
 *
 * @returns A number that no other association of this thread has.
 */
export function nextAssociationId(): string {
  return `${take()}`;
}

/**
 * Has the associations of this thread numbered together with those of others.
 *
 * @param next Takes a number that nobody else gets.
 */
export function numberAssociationsBy(next: () => number): void {
  take = next;
}
