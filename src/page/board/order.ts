/*
 * The order of a board's events: those in play on top, then by their start. It holds still while somebody points at it.
 */

/** What the order goes by. */
export interface Placed {
  readonly id: string;
  /** When it starts, in ms since the epoch. */
  readonly start: number;
}

/**
 * The ids of events as they belong at `nowMs` (by the server's clock): begun ones first, then by start, then by id; one
 * whose start is not known comes last.
 */
export function inOrder(events: readonly Placed[], nowMs: number): string[] {
  const later = ({ start }: Placed) => (start <= nowMs ? 0 : 1);
  return events
    .map(({ id, start }) => ({ id, start: Number.isNaN(start) ? Number.MAX_VALUE : start }))
    .sort(
      (one, other) => later(one) - later(other) || one.start - other.start || (one.id < other.id ? -1 : 1),
    )
    .map(({ id }) => id);
}

/** The order while it may not move: as it was, those that went in their places, those that came at the end. */
export function held(shown: readonly string[], wanted: readonly string[]): readonly string[] {
  const known = new Set(shown);
  const come = wanted.filter((id) => !known.has(id));
  return come.length === 0 ? shown : [...shown, ...come];
}

/** How many events are not where they belong. */
export function misplaced(shown: readonly string[], wanted: readonly string[]): number {
  const length = Math.max(shown.length, wanted.length);
  return Array.from({ length }).filter((_, i) => shown[i] !== wanted[i]).length;
}
