import type { Config } from "../config.js";
import type { HistoryEngine } from "./engine.js";

/** What of the configuration says where a history is kept. */
export type EngineConfig = Pick<
  Config,
  "DATABASE_URL" | "DATABASE_TLS_VERIFY" | "HISTORY_PATH" | "ODDS_FORMAT" | "source"
>;

/** The engine that is configured, not yet open. Only that one is loaded. */
export async function engineOf(config: EngineConfig): Promise<HistoryEngine> {
  const source = sourceLabel(config);
  if (config.DATABASE_URL !== undefined) {
    const { PostgresEngine } = await import("./postgres.js");
    return new PostgresEngine(config.DATABASE_URL, config.DATABASE_TLS_VERIFY, source);
  }
  const { SqliteEngine } = await import("./sqlite.js");
  return new SqliteEngine(config.HISTORY_PATH, source);
}

/** Under what readings are kept: made-up prices and real ones, and those of two formats, are never mixed. */
export function sourceLabel({ source, ODDS_FORMAT }: Pick<Config, "source" | "ODDS_FORMAT">): string {
  return `${source}:${ODDS_FORMAT}`;
}
