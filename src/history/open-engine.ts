import type { Config } from "../config.js";
import type { HistoryEngine } from "./engine.js";

/** What of the configuration says where a history is kept. */
export type EngineConfig = Pick<Config, "HISTORY_PATH" | "ODDS_FORMAT" | "source">;

/** The engine that is configured, not yet open. Only that one is loaded. */
export async function engineOf(config: EngineConfig): Promise<HistoryEngine> {
  // Made-up prices and real ones, and those of two formats, are never mixed.
  const source = `${config.source}:${config.ODDS_FORMAT}`;
  const { SqliteEngine } = await import("./sqlite.js");
  return new SqliteEngine(config.HISTORY_PATH, source);
}
