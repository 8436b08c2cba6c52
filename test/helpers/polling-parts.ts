import { BoardStore } from "../../src/board/store.js";
import { Solo } from "../../src/cluster/solo.js";
import type { Logger } from "../../src/logger.js";
import { Backoff, type Need } from "../../src/polling/backoff.js";
import { SportsCatalog } from "../../src/polling/catalog.js";
import { Clock } from "../../src/polling/clock.js";
import type { Cluster } from "../../src/polling/cluster.js";
import { Credits } from "../../src/polling/credits.js";
import { Demand } from "../../src/polling/demand.js";
import { OddsFeed } from "../../src/polling/feed.js";
import type { OddsSource } from "../../src/polling/odds-source.js";
import { tierOf } from "../../src/polling/pacing.js";
import { PollStatuses } from "../../src/polling/poll-status.js";
import { Poller } from "../../src/polling/poller.js";
import { Schedule } from "../../src/polling/schedule.js";
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
  const pollStatuses = new PollStatuses(books);
  const parts = { ...books, source, catalog, demand, pollStatuses, log };
  const poller = new Poller(parts);
  const feed = new OddsFeed({ ...parts, sourceName: source.name, poller });
  return { ...parts, poller, feed };
}
