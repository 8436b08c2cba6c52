import { BoardStore } from "../board/store.js";
import type { Config } from "../config.js";
import type { Logger } from "../logger.js";
import { Metrics } from "../metrics.js";
import { Backoff } from "./backoff.js";
import { Billing } from "./billing.js";
import { SportsCatalog } from "./catalog.js";
import { Clock } from "./clock.js";
import { ClosingReads } from "./closing-reads.js";
import type { Cluster } from "./cluster.js";
import { Credits } from "./credits.js";
import { Demand } from "./demand.js";
import { OddsFeed } from "./feed.js";
import { Follower } from "./follower.js";
import { FollowerStatuses } from "./follower-status.js";
import { type HistoryConfig, HistoryReads } from "./history-reads.js";
import { KickOffs } from "./kick-offs.js";
import { Leader } from "./leader.js";
import { LeaderStatuses } from "./leader-status.js";
import type { PacedSource } from "./odds-source.js";
import { Publisher } from "./publisher.js";
import { RoleSwitch } from "./role-switch.js";
import { Schedule } from "./schedule.js";
import { Ticker } from "./ticker.js";
import { Updates } from "./updates.js";
import { UpstreamReader } from "./upstream-reader.js";

/** A sport is read for this many ticks after its last client left, so that a page reload costs nothing. */
const LINGER_TICKS = 2;

/** What of the configuration this room goes by. */
export type OddsConfig = Pick<
  Config,
  "ODDS_POLL_INTERVAL_MS" | "ODDS_PACING" | "ODDS_SPORTS" | "ODDS_CREDIT_RESET_DAY" | "ODDS_CREDIT_RESERVE"
> &
  HistoryConfig;

/** The polling room, put together. Whoever serves clients needs the feed and the role, a history the publisher; tests look at the rest. */
export interface Odds {
  readonly feed: OddsFeed;
  readonly role: RoleSwitch;
  readonly publisher: Publisher;
  readonly catalog: SportsCatalog;
  readonly boards: BoardStore;
  readonly demand: Demand;
  readonly reader: UpstreamReader;
  /** Begins where a history is kept, before the role starts. */
  readonly historyReads: HistoryReads;
  readonly closing: ClosingReads;
}

/** Puts the polling room together: for the server, for tests and for benchmarks. Nothing runs before `role.start()`. */
export function createOdds(
  source: PacedSource,
  cluster: Cluster,
  config: OddsConfig,
  log: Logger,
  clock = new Clock(() => cluster.now()),
  metrics = new Metrics(),
): Odds {
  const tickMs = config.ODDS_POLL_INTERVAL_MS;
  const pace = { pacing: config.ODDS_PACING, tickMs, floorMs: source.ttlMs };
  const boards = new BoardStore(undefined, source.name);
  const rules = { resetDay: config.ODDS_CREDIT_RESET_DAY, reserve: config.ODDS_CREDIT_RESERVE };
  const credits = new Credits(rules, log, clock);
  const catalog = new SportsCatalog(
    source,
    config.ODDS_SPORTS,
    (quota) => credits.hear(quota),
    () => clock.steady(),
  );
  const billing = new Billing(source, catalog, boards, credits, clock, log);
  const demand = new Demand(
    LINGER_TICKS * tickMs,
    clock.steady,
    (sport) => billing.need(sport) !== "credits",
  );
  const schedule = new Schedule(demand, billing, pace, clock);
  const backoff = new Backoff();
  const ticker = new Ticker(tickMs, metrics);
  const updates = new Updates(boards, tickMs, clock, log, metrics, demand);

  const own = new LeaderStatuses(boards, backoff, billing, schedule, ticker, clock);
  const publisher = new Publisher(cluster, boards, own, updates, log);
  const reader = new UpstreamReader(billing, publisher, backoff, schedule, clock, log);
  const leader = new Leader(demand, reader, publisher, own, updates, ticker);

  const heard = new FollowerStatuses(cluster, credits, schedule, tickMs, clock);
  const follower = new Follower(cluster, boards, demand, heard, updates, ticker);

  const kickOffs = new KickOffs(source, catalog, boards, (quota) => credits.hear(quota));
  const closing = new ClosingReads(config.HISTORY_SPORTS ?? [], kickOffs, reader, boards, clock, log);
  const historyReads = new HistoryReads(config, demand, closing, log);

  const roles = { leader, follower, heard, historyReads };
  const role = new RoleSwitch(cluster, boards, demand, roles, ticker, log);
  const feed = new OddsFeed(role, catalog, boards, demand, updates, billing, closing);
  return { feed, role, publisher, catalog, boards, demand, reader, historyReads, closing };
}
