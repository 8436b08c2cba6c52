/*
 * What is kept, for every engine alike. A board is a tree of ordered lists: its events, an event's bookmakers, a
 * bookmaker's markets. Each of its nodes is a series: a value that holds from one reading on until the next change.
 */

/** Names a series: `["", "", ""]` is the board, then an event, a bookmaker of it, a market of that. */
export type SeriesKey = readonly [event: string, bookmaker: string, market: string];

/**
 * The value of a series, parted so that it is small: `shape` is its JSON without the numbers and is stored once for
 * each event, `numbers` are those numbers in order.
 */
export interface EncodedValue {
  readonly shape: string;
  readonly numbers: string;
}

/** What one reading changed of one series. */
export interface SeriesChange {
  readonly key: SeriesKey;
  /** Null where it went. */
  readonly value: EncodedValue | null;
  /** A market's `changed_at` (ms since the epoch), only where that is not the reading's moment. */
  readonly changedAt?: number;
}

/** A time in which a sport was not read as planned, and why. Times in ms since the epoch. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** One reading of a sport that was accepted, and all that it changed. */
export interface ReadingRecord {
  readonly sport: string;
  /** When it was read: the board's `fetchedAt`, in ms since the epoch. */
  readonly at: number;
  /** How often the sport was to be read then, in ms. */
  readonly everyMs: number;
  /** The stored reading that the changes are made from, by its `at`; null where nothing is stored of the sport. */
  readonly follows: number | null;
  /** Whether `changed_at`s began afresh with it: no market's is older than this reading. */
  readonly isFresh: boolean;
  readonly changes: readonly SeriesChange[];
  /** Gaps between `follows` and this reading, oldest first. */
  readonly gaps: readonly Gap[];
}

/** What is stored last of a sport: where the next reading goes on. */
export interface StoredBoard {
  /** The last stored reading. */
  readonly at: number;
  readonly everyMs: number;
  /** The last reading at which `changed_at`s began afresh. */
  readonly freshAt: number;
  /** All series that have a value then. */
  readonly series: readonly StoredValue[];
}

/** A series' value as stored, and the reading that brought it. */
export interface StoredValue {
  readonly key: SeriesKey;
  readonly at: number;
  readonly value: EncodedValue;
  /** See {@link SeriesChange.changedAt}; null where it is the reading's moment. */
  readonly changedAt: number | null;
}
