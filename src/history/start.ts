import type { Config } from "../config.js";
import { logError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { Odds } from "../polling/create-odds.js";
import { EngineError, type HistoryEngine } from "./engine.js";
import { History } from "./history.js";
import { Recording } from "./recording.js";

/** What of the configuration a history goes by. */
export type HistoryConfig = Pick<
  Config,
  | "DATABASE_URL"
  | "DATABASE_TLS_VERIFY"
  | "HISTORY_PATH"
  | "HISTORY_RETENTION_DAYS"
  | "ODDS_FORMAT"
  | "source"
>;

/** A history under way: what keeps it, and what can be asked of it. */
export interface StartedHistory {
  readonly recording: Recording;
  readonly history: History;
}

/**
 * Begins to keep what is read, and opens what it is kept in in the background: the start waits for nothing of that.
 * Undefined where there cannot be a history, which is said; all else does without.
 */
export async function startHistory(
  config: HistoryConfig,
  { feed, publisher }: Pick<Odds, "feed" | "publisher">,
  metrics: Metrics,
  log: Logger,
  engine?: HistoryEngine,
): Promise<StartedHistory | undefined> {
  try {
    const source = sourceOf(config);
    const opened = engine ?? (await engineOf(config, source));
    const recording = new Recording(opened, feed, config, metrics, log);
    recording.start(publisher);
    const history = new History(
      opened,
      source,
      () => feed.now(),
      () => recording.state,
    );
    return { recording, history };
  } catch (thrown) {
    if (thrown instanceof EngineError) log.warn(`There is no history: ${thrown.message}`);
    else log.error("There is no history, by a fault of ours", logError(thrown));
    return undefined;
  }
}

/** The engine that is configured, not yet open. Only that one is loaded. */
async function engineOf(config: HistoryConfig, source: string): Promise<HistoryEngine> {
  if (config.DATABASE_URL !== undefined) {
    const { PostgresEngine } = await import("./postgres.js");
    return new PostgresEngine(config.DATABASE_URL, config.DATABASE_TLS_VERIFY, source);
  }
  const { SqliteEngine } = await import("./sqlite.js");
  return new SqliteEngine(config.HISTORY_PATH, source);
}

/** Made-up prices and real ones, and those of two formats, are never mixed. */
function sourceOf(config: HistoryConfig): string {
  return `${config.source}:${config.ODDS_FORMAT}`;
}
