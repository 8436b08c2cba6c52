import type { PollStatus } from "./cluster.js";

/** What a process does for its clients, as a leader and as a follower. */
export interface Role {
  /** Whether another process may be ahead of this one, for a moment. */
  readonly mayBeBehind: boolean;
  /** How the reading of a sport goes. */
  readonly status: (sport: string) => PollStatus;
  /** The sports that are being read. */
  wanted(): string[];
  /** The sports that this process reads for the history, as far as it knows of credits for them. */
  readForHistory(): string[];
  /** A tick, due at `at` (ms since the epoch): the board of each wanted sport is sent. It is never late because the one before it was. */
  tick(at: number): void;
  /** A sport is wanted that nobody held. */
  wake(sport: string): void;
  /** Has a sport read for a client that asks once, if it is its turn; resolves when that is done. */
  ask(sport: string, client: string | undefined): Promise<void>;
}
