import { Solo } from "../../src/cluster/solo.js";
import type { Logger } from "../../src/logger.js";
import { Backoff, type Need } from "../../src/odds/backoff.js";
import { BoardStore } from "../../src/odds/board-store.js";
import { SportsCatalog } from "../../src/odds/catalog.js";
import { Clock } from "../../src/odds/clock.js";
import { Credits } from "../../src/odds/credits.js";
import { Demand } from "../../src/odds/demand.js";
import { OddsFeed } from "../../src/odds/feed.js";
import { Outlooks } from "../../src/odds/outlooks.js";
import { tierOf } from "../../src/odds/pace.js";
import { Poller } from "../../src/odds/poller.js";
import type { Cluster, OddsSource } from "../../src/odds/ports.js";
import { Schedule } from "../../src/odds/schedule.js";
import { CachedSource } from "../../src/sources/cached.js";

const silent: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

/** How the parts are to differ from the usual ones. */
export interface PollingOptions {
  readonly lingerMs?: number;
  readonly cluster?: Cluster;
  readonly log?: Logger;
}

/** The parts that a running server polls with, on a clock of the caller's, with no timer running. */
export function pollingParts(
  upstream: OddsSource,
  now: () => number,
  pacing: "auto" | "off",
  tickMs: number,
  { lingerMs = 0, cluster = new Solo(), log = silent }: PollingOptions = {},
) {
  const clock = new Clock(now, now);
  const source = new CachedSource(upstream, tickMs);
  const credits = new Credits({ resetDay: 1, reserve: { share: 0.02 } }, log, clock);
  const catalog = new SportsCatalog(source, undefined, (quota) => credits.hear(quota), now);
  const boards = new BoardStore();
  const cost = (sport: string) => {
    const found = catalog.get(sport);
    return found ? (source.cost?.(found, now()) ?? 0) : 0;
  };
  const need = (sport: string): Need => {
    const found = catalog.get(sport);
    if (!found || !source.cost) return "credits";
    if (!found.active) return "nothing";
    return cost(sport) > 0 ? "credits" : "free call";
  };
  const isFree = (sport: string) => need(sport) !== "credits";
  const demand = new Demand(lingerMs, now, isFree);
  const tier = (sport: string, at: number) => tierOf(catalog.get(sport), boards.get(sport), at);
  const schedule = new Schedule({ demand, credits, pacing, tickMs, floorMs: tickMs, cost, tier, clock });
  const backoff = new Backoff();
  const isReading = (sport: string): boolean => poller.isReading(sport);
  const books = { cluster, boards, backoff, credits, schedule, cost, need, isReading, tickMs, now, clock };
  const outlooks = new Outlooks(books);
  const parts = { ...books, source, catalog, demand, outlooks, log };
  const poller = new Poller(parts);
  const feed = new OddsFeed({ ...parts, sourceName: source.name, poller });
  return { ...parts, poller, feed };
}
