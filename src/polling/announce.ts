import type { Sport } from "../board/model.js";
import { logError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { SportsCatalog } from "./catalog.js";
import { billAtStart } from "./credit-report.js";
import type { Credits } from "./credits.js";
import type { PacedSource } from "./odds-source.js";

/** A sport with games, to tell at start what one costs. */
const USUAL_SPORT: Sport = {
  key: "basketball_nba",
  group: "Basketball",
  title: "NBA",
  description: "",
  active: true,
  has_outrights: false,
};

/**
 * Tells the log at start what a person should know of the source: that prices are made up, which sports are misspelt,
 * what a sport costs. Resolves when the sports list was tried: with it, a misspelt sport is refused at once.
 */
export async function announce(
  source: PacedSource,
  catalog: SportsCatalog,
  credits: Credits,
  pacing: "auto" | "off",
  now: () => number,
  log: Logger,
  historySports: readonly string[] = [],
): Promise<void> {
  if (source.name === "simulated") {
    log.warn("SIMULATED ODDS: these prices are made up. Set THE_ODDS_API_KEY to serve real ones.");
  }
  try {
    const misspelt = await catalog.misspelt();
    if (misspelt.length > 0) log.warn(`ODDS_SPORTS names unknown sports: ${misspelt.join(", ")}`);
    const unknown = await catalog.misspelt(historySports);
    if (unknown.length > 0) log.warn(`HISTORY_SPORTS names unknown sports: ${unknown.join(", ")}`);
  } catch (error) {
    log.error("The sports list could not be read; it is tried again by itself", logError(error));
  }
  const perSport = source.cost?.(USUAL_SPORT, now()) ?? 0;
  if (perSport > 0) log.info(billAtStart(credits.account, perSport, source.ttlMs, pacing, now()));
}
