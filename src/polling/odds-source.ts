import type { Reading, Sport } from "../board/model.js";
import type { SourceName } from "../config.js";
import type { Quota, SourceError } from "../source-error.js";

/** The sports there are, and what the answer said of the credits. */
export interface SportsList {
  readonly sports: readonly Sport[];
  readonly quota?: Quota | undefined;
}

/** A game, and when it starts (ms since the epoch). */
export interface Game {
  readonly id: string;
  readonly start: number;
}

/** The games of a sport, and what the answer said of the credits, where one was asked for. */
export interface GamesList {
  readonly games: readonly Game[];
  readonly quota?: Quota | undefined;
}

/**
 * The socket in the wall that odds come through. `at` (ms since the epoch) is the moment a read is due: a tick's
 * planned time, so that a late timer does not shift what counts as fresh. Both reject with `SourceError`.
 */
export interface OddsSource {
  readonly name: SourceName;
  /** The sports that can be read, out of season ones included. Free at the upstream. */
  sports(at: number): Promise<SportsList>;
  /** The whole board of one sport. Paid at the upstream. */
  board(sport: Sport, at: number): Promise<Reading>;
  /**
   * Learns by a free call, where there is one that can tell, whether a read of this sport's board would be paid for.
   * Resolves with what the answer said of the credits.
   */
  look?(sport: Sport, at: number): Promise<Quota | undefined>;
  /** The games of a sport, and when they start, by a call that is free; absent where there is none. */
  games?(sport: Sport, at: number): Promise<GamesList>;
  /**
   * What a read of this sport's board costs at most, in credits, if it is due at `at`; 0 where nothing would be paid
   * for: it is out of season, or has no game soon enough by the last look. Absent where nothing ever is.
   */
  cost?(sport: Sport, at: number): number;
  /**
   * Why there is none newer than the board of a sport that was read at `fetchedAt` (ms since the epoch), where the source
   * itself knows: a replay, in a gap of what was recorded.
   */
  trouble?(sport: string, fetchedAt: number): SourceError | undefined;
  /** Lets go of connections and reads under way. */
  close(): void;
}

/** A source that asks the upstream for no board again within `ttlMs`: what it gives again costs nothing, and says so. */
export interface PacedSource extends OddsSource {
  /** How often a sport's board may be paid for: the one rule for the least time between two reads, in ms. */
  readonly ttlMs: number;
  /** `anew`: whatever was read within the TTL. */
  board(sport: Sport, at: number, anew?: boolean): Promise<Reading>;
}
