import { Solo } from "../../src/cluster/solo.js";
import type { Logger } from "../../src/logger.js";
import { Backoff } from "../../src/odds/backoff.js";
import { BoardStore } from "../../src/odds/board-store.js";
import { SportsCatalog } from "../../src/odds/catalog.js";
import { Credits } from "../../src/odds/credits.js";
import { Demand } from "../../src/odds/demand.js";
import { OddsFeed } from "../../src/odds/feed.js";
import { Outlooks } from "../../src/odds/outlooks.js";
import { tierOf } from "../../src/odds/pace.js";
import { Poller } from "../../src/odds/poller.js";
import type { OddsSource } from "../../src/odds/ports.js";
import { Schedule } from "../../src/odds/schedule.js";
import { CachedSource } from "../../src/sources/cached.js";

const silent: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

/** The parts that a running server polls with, on a clock of the caller's, with no timer running. */
export function pollingParts(
  upstream: OddsSource,
  now: () => number,
  pacing: "auto" | "off",
  tickMs: number,
  log = silent,
) {
  const source = new CachedSource(upstream, tickMs);
  const catalog = new SportsCatalog(source, undefined, now);
  const boards = new BoardStore();
  const demand = new Demand(0, now);
  const credits = new Credits({ resetDay: 1, reserve: { share: 0.02 } }, log, now);
  const cost = (sport: string) => {
    const found = catalog.get(sport);
    return found ? source.cost(found) : 0;
  };
  const tier = (sport: string, at: number) => tierOf(catalog.get(sport), boards.get(sport), at);
  const schedule = new Schedule({ demand, credits, pacing, tickMs, floorMs: tickMs, cost, tier });
  const backoff = new Backoff();
  const cluster = new Solo();
  const isReading = (sport: string): boolean => poller.isReading(sport);
  const books = { cluster, boards, backoff, credits, schedule, cost, isReading, tickMs, now };
  const outlooks = new Outlooks(books);
  const parts = { ...books, source, catalog, demand, outlooks, log };
  const poller = new Poller(parts);
  const feed = new OddsFeed({ ...parts, sourceName: source.name, poller });
  return { ...parts, poller, feed };
}
