/**
 * Which keys of a keyed list were touched since some moment, and below them, of their lists. They hold no values: a
 * change is told by the values of now, so the dirty keys of successive steps merge by union and can be told at any time.
 */
export interface DirtyKeys {
  /** Left the list. */
  gone: ReadonlySet<string>;
  /** Came, or came back: told whole. */
  fresh: ReadonlySet<string>;
  /** Came or moved: where they stand is told. All others keep their order among themselves. */
  placed: ReadonlySet<string>;
  /** Fields of their own changed. */
  fields: ReadonlySet<string>;
  /** Something changed in the list below them. */
  below: ReadonlyMap<string, DirtyKeys>;
}

/** Most lists have no dirty keys at all, and a board has thousands of lists: they share these. */
const NO_KEYS: ReadonlySet<string> = new Set();
const NOTHING_BELOW: ReadonlyMap<string, DirtyKeys> = new Map();

/** Those of a list in which nothing changed. */
export function noDirtyKeys(): DirtyKeys {
  return { gone: NO_KEYS, fresh: NO_KEYS, placed: NO_KEYS, fields: NO_KEYS, below: NOTHING_BELOW };
}

/** Takes down a key of a list. */
export function mark(dirty: DirtyKeys, kind: "gone" | "fresh" | "placed" | "fields", key: string): void {
  if (dirty[kind] === NO_KEYS) dirty[kind] = new Set();
  (dirty[kind] as Set<string>).add(key);
}

/** Takes down the list below a key. */
export function markBelow(dirty: DirtyKeys, key: string, below: DirtyKeys): void {
  if (dirty.below === NOTHING_BELOW) dirty.below = new Map();
  (dirty.below as Map<string, DirtyKeys>).set(key, below);
}

/** Whether there is any mark. */
export function isDirty(dirty: DirtyKeys): boolean {
  return dirty.gone.size + dirty.fresh.size + dirty.placed.size + dirty.fields.size + dirty.below.size > 0;
}

/** How many keys there are, below included: what they weigh in memory. */
export function countDirtyKeys(dirty: DirtyKeys): number {
  let count = dirty.gone.size + dirty.fresh.size + dirty.placed.size + dirty.fields.size + dirty.below.size;
  for (const below of dirty.below.values()) count += countDirtyKeys(below);
  return count;
}

/** Adds the dirty keys of a later step to `into`. */
export function addDirtyKeys(into: DirtyKeys, later: DirtyKeys): void {
  for (const kind of ["gone", "fresh", "placed", "fields"] as const) {
    for (const key of later[kind]) mark(into, kind, key);
  }
  for (const [key, below] of later.below) {
    const known = into.below.get(key) ?? noDirtyKeys();
    addDirtyKeys(known, below);
    markBelow(into, key, known);
  }
}

/** Takes down what came, went and moved between two orders of a list, with as few moves as there can be. */
export function markOrder(dirty: DirtyKeys, before: readonly string[], after: readonly string[]): void {
  if (before.length === after.length && before.every((key, i) => key === after[i])) return;
  const positions = new Map(before.map((key, i) => [key, i]));
  const still = new Set(after);
  for (const key of before) if (!still.has(key)) mark(dirty, "gone", key);
  const kept: string[] = [];
  for (const key of after) {
    if (positions.has(key)) kept.push(key);
    else {
      mark(dirty, "fresh", key);
      mark(dirty, "placed", key);
    }
  }
  const unmoved = longestRise(kept.map((key) => positions.get(key) ?? 0));
  for (const [i, key] of kept.entries()) if (!unmoved.has(i)) mark(dirty, "placed", key);
}

/** The indices of a longest increasing subsequence (patience sorting). */
function longestRise(values: readonly number[]): Set<number> {
  const tails: number[] = [];
  const previous: number[] = [];
  for (const [i, value] of values.entries()) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[tails[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    previous[i] = low > 0 ? (tails[low - 1] ?? -1) : -1;
    tails[low] = i;
  }
  const rise = new Set<number>();
  for (let i = tails.at(-1) ?? -1; i >= 0; i = previous[i] ?? -1) rise.add(i);
  return rise;
}
