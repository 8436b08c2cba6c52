import type { ReadingRecord, StoredBoard } from "./records.js";

/** A row that a query gives: columns by name. Whole numbers come as numbers, absent ones as null. */
export type Row = Readonly<Record<string, string | number | null>>;

/** How large a store is, and how far back it goes. */
export interface EngineSize {
  readonly bytes: number;
  readonly rows: number;
  /** The oldest reading, in ms since the epoch; null where there is none. */
  readonly oldest: number | null;
}

/** Where records are kept: SQLite or PostgreSQL, with the same tables (see migrations.ts) and the same meaning. */
export interface HistoryEngine {
  readonly name: "sqlite" | "postgres";
  /** Opens the store and brings its tables up to date. Rejects with an `EngineError` that says what to do. */
  open(): Promise<void>;
  /**
   * Stores readings in one transaction, in order. Resolves with the sports of those that were refused, as they do not
   * follow on what is stored: another process has written meanwhile, or an earlier one was refused. Rejects where
   * nothing could be stored; then nothing of the batch is.
   */
  write(readings: readonly ReadingRecord[]): Promise<ReadonlySet<string>>;
  /** What is stored last of a sport; undefined where nothing is. */
  last(sport: string): Promise<StoredBoard | undefined>;
  /** Notes that the server lives, in ms since the epoch: what lies behind the last note was a server that was down. */
  alive(at: number): Promise<void>;
  /** When the server last lived before this start; null at the first. */
  livedUntil(): Promise<number | null>;
  /** Asks by SQL that both engines know, with `?1`, `?2` … for the parameters. */
  all(sql: string, parameters: readonly (string | number | null)[]): Promise<readonly Row[]>;
  /** Deletes some of what no board after `cutoff` (ms since the epoch) needs. Resolves with whether there is more. */
  trim(cutoff: number): Promise<boolean>;
  size(): Promise<EngineSize>;
  /** Finishes what is under way, and closes. */
  close(): Promise<void>;
}

/** The store cannot be opened or written: a sentence that says why, and what to do. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}
