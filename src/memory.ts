import type { Config } from "./config.js";
import type { HistoryEngine } from "./history/engine.js";
import type { History } from "./history/history.js";
import type { Recording, RecordingState } from "./history/recording.js";
import type { Logger } from "./logger.js";
import type { Metrics } from "./metrics.js";
import type { Odds } from "./polling/create-odds.js";
import type { OddsSource } from "./polling/odds-source.js";
import { ReplaySource } from "./sources/replay.js";
import type { Access } from "./transports/access.js";
import type { HistoryRouter } from "./transports/history.js";

/** Parts of a memory that take the place of the usual ones. */
export interface MemoryParts {
  /** What is read is kept in; where `HISTORY=on`. */
  readonly engine?: HistoryEngine;
  /** Is asked in place of what is kept. */
  readonly history?: History;
}

/**
 * What the server remembers: the history it keeps, the answers to questions about that, and what it plays again. It is
 * loaded only where it is wanted, and before the server listens: a release that takes the place of its files later
 * does no harm.
 */
export class Memory {
  private recording: Recording | undefined;
  private played: { close(): Promise<void> } | undefined;
  private isClosed = false;
  private router: HistoryRouter | undefined;

  constructor(
    private readonly config: Config,
    private readonly log: Logger,
    private readonly parts: MemoryParts,
  ) {}

  /** What answers questions about the history; undefined where there is none. */
  get questions(): HistoryRouter | undefined {
    return this.router;
  }

  /** How the history is kept; undefined where there is none. */
  get state(): RecordingState | undefined {
    return this.recording?.state;
  }

  /** Opens what `source` is to play, where that is a replay. Rejects where it cannot be opened, or holds nothing. */
  async play(source: OddsSource, now: number): Promise<void> {
    if (!(source instanceof ReplaySource)) return;
    const { openRecordedBoards } = await import("./history/recorded-boards.js");
    const boards = await openRecordedBoards(this.config);
    this.played = boards;
    await source.begin(boards, now);
    this.log.warn(`REPLAY: these prices are of the past. ${source.plan}`);
  }

  /** Begins to keep what is read, and to answer questions about it, where that is wanted. */
  async keep(odds: Odds, access: Access, metrics: Metrics): Promise<void> {
    const { config, log, parts } = this;
    const isKept = keepsHistory(config, log);
    if (!isKept && !parts.history) return;
    const { historyRouter } = await import("./transports/history.js");
    const { startHistory } = await import("./history/start.js");
    const started = isKept ? await startHistory(config, odds, metrics, log, parts.engine) : undefined;
    this.recording = started?.recording;
    // The server was stopped before there was anything to close.
    if (this.isClosed) await this.recording?.close();
    if (started) odds.historyReads.begin();
    const asked = parts.history ?? started?.history;
    if (asked) this.router = historyRouter(asked, odds.feed, access, log);
  }

  /** Keeps what was read so far, and closes what is open. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([this.recording?.close(), this.played?.close()]);
  }
}

/**
 * Whether what is read is kept: not what is played again; and where several processes could not share it, it is not, and
 * they say it.
 */
function keepsHistory(config: Config, log: Logger): boolean {
  if (config.HISTORY === "off" || config.source === "replay") return false;
  if (config.REDIS_URL === undefined || config.DATABASE_URL !== undefined) return true;
  log.warn(
    "No history is kept: with REDIS_URL it needs a PostgreSQL that all processes share. Set DATABASE_URL, or HISTORY=off to do without.",
  );
  return false;
}
