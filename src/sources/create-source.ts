import type { Config } from "../config.js";
import type { Logger } from "../logger.js";
import type { OddsSource } from "../polling/odds-source.js";
import { ReplaySource } from "./replay.js";
import { SimulatedSource } from "./simulated/source.js";
import { TheOddsApi } from "./the-odds-api.js";

/** The source that the configuration names. */
export function createSource(config: Config, log: Logger): OddsSource {
  if (config.source === "replay") return new ReplaySource(config);
  const key = config.THE_ODDS_API_KEY;
  if (config.source === "simulated" || key === undefined) {
    return new SimulatedSource({ format: config.ODDS_FORMAT });
  }
  return new TheOddsApi({ ...config, key }, log);
}
