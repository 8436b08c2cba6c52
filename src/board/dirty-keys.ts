/**
 * Which keys of a keyed list were touched since some moment, and below them, of their lists. They hold no values: a
 * change is told by the values of now, so the marks of successive steps merge by union and can be told at any time.
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

/** Most lists have no marks at all, and a board has thousands of lists: they share these. */
const NO_KEYS: ReadonlySet<string> = new Set();
const NOTHING_BELOW: ReadonlyMap<string, DirtyKeys> = new Map();

/** Those of a list in which nothing changed. */
export function noDirtyKeys(): DirtyKeys {
  return { gone: NO_KEYS, fresh: NO_KEYS, placed: NO_KEYS, fields: NO_KEYS, below: NOTHING_BELOW };
}

/** Takes down a key of a list. */
export function mark(marks: DirtyKeys, kind: "gone" | "fresh" | "placed" | "fields", key: string): void {
  if (marks[kind] === NO_KEYS) marks[kind] = new Set();
  (marks[kind] as Set<string>).add(key);
}

/** Takes down the list below a key. */
export function markBelow(marks: DirtyKeys, key: string, below: DirtyKeys): void {
  if (marks.below === NOTHING_BELOW) marks.below = new Map();
  (marks.below as Map<string, DirtyKeys>).set(key, below);
}

/** Whether there is any mark. */
export function isDirty(marks: DirtyKeys): boolean {
  return marks.gone.size + marks.fresh.size + marks.placed.size + marks.fields.size + marks.below.size > 0;
}

/** How many marks there are, below included: what they weigh in memory. */
export function countDirtyKeys(marks: DirtyKeys): number {
  let count = marks.gone.size + marks.fresh.size + marks.placed.size + marks.fields.size + marks.below.size;
  for (const below of marks.below.values()) count += countDirtyKeys(below);
  return count;
}

/** Adds the marks of a later step to `into`. */
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
export function markOrder(marks: DirtyKeys, before: readonly string[], after: readonly string[]): void {
  if (before.length === after.length && before.every((key, i) => key === after[i])) return;
  const positions = new Map(before.map((key, i) => [key, i]));
  const still = new Set(after);
  for (const key of before) if (!still.has(key)) mark(marks, "gone", key);
  const kept: string[] = [];
  for (const key of after) {
    if (positions.has(key)) kept.push(key);
    else {
      mark(marks, "fresh", key);
      mark(marks, "placed", key);
    }
  }
  const unmoved = longestRise(kept.map((key) => positions.get(key) ?? 0));
  for (const [i, key] of kept.entries()) if (!unmoved.has(i)) mark(marks, "placed", key);
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
