import type { OddsEvent, Reading, Sport } from "../board/model.js";
import { type Config, ConfigError } from "../config.js";
import type { OddsSource, SportsList } from "../polling/odds-source.js";
import { SourceError } from "../source-error.js";

/** The reason of boards that stay as they are, as the replay is over. */
const ENDED = "REPLAY_ENDED";

/** What was recorded, and is to be played: of which source, from when to when (ms since the epoch), which sports. */
export interface Recorded {
  readonly source: string;
  readonly from: number;
  readonly until: number;
  readonly sports: readonly Sport[];
}

/** The reading of a sport that a recorded moment shows; null where there is none by then. */
export interface RecordedReading {
  /** In ms since the epoch. */
  readonly readAt: number | null;
  /** Why the moment is not covered by it; null where it is. */
  readonly gap: string | null;
}

/** The socket in the wall for what was recorded; moments in ms since the epoch. */
export interface RecordedBoards {
  /** What there is to play; undefined where nothing is. */
  recorded(): Promise<Recorded | undefined>;
  /** The reading that a moment shows. */
  reading(sport: string, at: number): Promise<RecordedReading>;
  /** The board that was read then, each market with its `changed_at`. */
  board(sport: string, readAt: number): Promise<readonly OddsEvent[]>;
}

/** How a replay is played. */
export type ReplayOptions = Pick<Config, "REPLAY_FROM" | "REPLAY_SPEED" | "REPLAY_LOOP">;

/** What is being played: since when (`begunAt`), and from which recorded moment on. */
interface Playing extends Recorded {
  readonly boards: RecordedBoards;
  readonly begunAt: number;
}

interface Shown {
  readonly readAt: number | null;
  readonly reading: Reading;
}

/**
 * Serves what was recorded as if it were now, at a speed of its own. Where nothing was recorded, the board before stays
 * as it was, and the reason is told.
 */
export class ReplaySource implements OddsSource {
  readonly name = "replay";
  private playing: Playing | undefined;
  private readonly shown = new Map<string, Shown>();
  /** Why a sport's board that was read at a time (`fetchedAt`) stands, where it did last. */
  private readonly gaps = new Map<string, { readonly reason: string; readonly fetchedAt: number }>();

  constructor(private readonly options: ReplayOptions) {}

  /** Plays these boards from `at` on (ms since the epoch). Rejects with `ConfigError` where there is nothing to play. */
  async begin(boards: RecordedBoards, at: number): Promise<void> {
    const recorded = await boards.recorded();
    if (!recorded) {
      throw new ConfigError([
        "ODDS_SOURCE=replay finds nothing to replay: no board is kept yet where the history is. Run the server with the-odds-api or simulated for a while, or set HISTORY_PATH to a history that it kept",
      ]);
    }
    const from = Math.max(recorded.from, this.options.REPLAY_FROM ?? recorded.from);
    if (from >= recorded.until) {
      throw new ConfigError([`REPLAY_FROM must lie before ${iso(recorded.until)}, where what is kept ends`]);
    }
    this.playing = { ...recorded, from, boards, begunAt: at };
  }

  /** What is played, as a sentence. */
  get plan(): string {
    const { source, from, until } = this.begun();
    const { REPLAY_SPEED: speed, REPLAY_LOOP: loops } = this.options;
    const then = loops ? "and then again" : "and then its last boards stay";
    return `What was kept of ${source} is played from ${iso(from)} to ${iso(until)} at speed ${speed}, ${then}.`;
  }

  async sports(_at: number): Promise<SportsList> {
    return { sports: this.begun().sports.map((sport) => ({ ...sport })) };
  }

  async board({ key }: Sport, at: number): Promise<Reading> {
    const { boards } = this.begun();
    const { moment, hasEnded } = this.momentAt(at);
    const { readAt, gap } = await boards.reading(key, moment);
    const reason = hasEnded ? ENDED : gap;
    const before = this.shown.get(key);
    const known = before?.readAt === readAt ? before.reading : undefined;
    // It is no newer for being looked at again.
    const reading =
      known && reason !== null
        ? known
        : {
            events: known?.events ?? (readAt === null ? [] : await boards.board(key, readAt)),
            fetchedAt: at,
            replayedAt: gap === null ? moment : (readAt ?? moment),
          };
    this.shown.set(key, { readAt, reading });
    if (reason !== null) this.gaps.set(key, { reason, fetchedAt: reading.fetchedAt });
    return reading;
  }

  /** A gap is told of for as long as the board before it is the one that is shown, and no longer. */
  trouble(sport: string, fetchedAt: number): SourceError | undefined {
    const gap = this.gaps.get(sport);
    if (gap?.fetchedAt !== fetchedAt) return undefined;
    const { reason } = gap;
    const told = (message: string) => new SourceError("UPSTREAM_FAILED", message, "retry", reason);
    if (reason !== ENDED) {
      return told("The replay has come to a time in which nothing was recorded of this sport.");
    }
    return told("The replay has come to its end: this is its last board.").advised(
      "A restart begins it again, and REPLAY_LOOP=true has it do so by itself.",
    );
  }

  close(): void {
    this.shown.clear();
    this.gaps.clear();
  }

  /** The recorded moment that is played at a time, both in ms since the epoch. */
  private momentAt(at: number): { moment: number; hasEnded: boolean } {
    const { from, until, begunAt } = this.begun();
    const { REPLAY_SPEED, REPLAY_LOOP } = this.options;
    const played = Math.round(Math.max(0, at - begunAt) * REPLAY_SPEED);
    if (REPLAY_LOOP) return { moment: from + (played % (until - from)), hasEnded: false };
    return { moment: Math.min(from + played, until), hasEnded: from + played >= until };
  }

  private begun(): Playing {
    if (this.playing) return this.playing;
    throw new SourceError("UPSTREAM_FAILED", "The replay has not begun yet.", "retry");
  }
}

const iso = (at: number): string => new Date(at).toISOString();
