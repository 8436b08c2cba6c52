import { Solo } from "../../src/cluster/solo.js";
import type { Logger } from "../../src/logger.js";
import { Clock } from "../../src/polling/clock.js";
import type { Cluster } from "../../src/polling/cluster.js";
import { createOdds } from "../../src/polling/create-odds.js";
import type { OddsSource } from "../../src/polling/odds-source.js";
import { CachedSource } from "../../src/sources/cached.js";

const silent: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

/** How the parts are to differ from the usual ones. */
export interface PollingOptions {
  readonly cluster?: Cluster;
  readonly log?: Logger;
  /** Read for the history; none by default. */
  readonly historySports?: readonly string[];
  /** The steady clock, where the caller's is put forward or back. */
  readonly steady?: () => number;
}

/** The polling room that a running server has, on a clock of the caller's, with no timer running. */
export function pollingParts(
  upstream: OddsSource,
  now: () => number,
  pacing: "auto" | "off",
  tickMs: number,
  { cluster = new Solo("solo"), log = silent, historySports, steady = now }: PollingOptions = {},
) {
  const clock = new Clock(now, steady);
  const config = {
    ODDS_POLL_INTERVAL_MS: tickMs,
    ODDS_PACING: pacing,
    ODDS_SPORTS: undefined,
    ODDS_CREDIT_RESET_DAY: 1,
    ODDS_CREDIT_RESERVE: { share: 0.02 },
    HISTORY_SPORTS: historySports && [...historySports],
    HISTORY_CLOSING_READS: "on" as const,
  };
  const odds = createOdds(new CachedSource(upstream, tickMs, clock), cluster, config, log, clock);
  odds.historyReads.begin();
  const { schedule, billing } = odds.reader;
  return { ...odds, schedule, credits: billing.credits };
}
