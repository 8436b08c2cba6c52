import type { Config } from "../config.js";
import { logError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { Odds } from "../polling/create-odds.js";
import { EngineError, type HistoryEngine } from "./engine.js";
import { History } from "./history.js";
import { type EngineConfig, engineOf, sourceLabel } from "./open-engine.js";
import { Recording } from "./recording.js";

/** What of the configuration a history goes by. */
export type HistoryConfig = EngineConfig & Pick<Config, "HISTORY_RETENTION_DAYS">;

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
    const opened = engine ?? (await engineOf(config));
    const recording = new Recording(opened, feed, config, metrics, log);
    recording.start(publisher);
    const history = new History(
      opened,
      sourceLabel(config),
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
