import type { OddsEvent, Sport } from "./model.js";

/** Where prices come from, as told to every client in `source`. */
export type SourceName = "the-odds-api" | "simulated";

/**
 * What one read of the upstream gave: the events, and when the read began (ms since the epoch). `paid` is set where
 * credits were at stake: what the read should have cost.
 */
export interface Reading {
  readonly events: readonly OddsEvent[];
  readonly fetchedAt: number;
  readonly paid?: { readonly predicted: number };
}

/** What the upstream last said of our credits; null where it did not say, or said nonsense. */
export interface Quota {
  readonly remaining: number | null;
  readonly used: number | null;
  /** What the last call cost. */
  readonly last: number | null;
}

/**
 * The socket in the wall that odds come through. `at` (ms since the epoch) is the moment a read is due: a tick's
 * planned time, so that a late timer does not shift what counts as fresh. Both reject with `SourceError`.
 */
export interface OddsSource {
  readonly name: SourceName;
  /** The sports that can be read, out of season ones included. Free at the upstream. */
  sports(at: number): Promise<readonly Sport[]>;
  /** The whole board of one sport. Paid at the upstream. */
  board(sport: Sport, at: number): Promise<Reading>;
  /** What a read of this sport's board costs at most, in credits; absent where nothing is paid for. */
  cost?(sport: Sport): number;
  /** The last word on credits; undefined before the first, and where nothing is paid for. */
  quota?(): Quota | undefined;
  /** Lets go of connections and reads under way. */
  close(): void;
}
