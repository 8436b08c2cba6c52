import type { Gauge } from "prom-client";
import { statusSchema } from "../board/model.js";
import type { Metrics } from "../metrics.js";
import { NOT_WATCHED } from "../polling/board-view.js";
import type { OddsFeed } from "../polling/feed.js";
import type { Clients } from "../protocol/answers.js";

const STATUSES = ["starting", ...statusSchema.options] as const;

/** How all stands, for a scrape: read from memory then, so that it costs nothing in between. */
export class Gauges {
  private readonly info: Gauge<"release" | "source">;
  private readonly ready: Gauge;
  private readonly connections: Gauge<"transport">;
  private readonly leader: Gauge;
  private readonly redis: Gauge;
  private readonly failing: Gauge;
  private readonly boards: ReturnType<typeof boardGauges>;
  private readonly credits: ReturnType<typeof creditGauges>;

  constructor(
    metrics: Metrics,
    private readonly feed: OddsFeed,
  ) {
    this.info = metrics.gauge("info", "The release that runs, and where prices come from; always 1.", [
      "release",
      "source",
    ]);
    this.ready = metrics.gauge(
      "ready",
      "Whether this process should get traffic (1), or starts or drains (0).",
    );
    this.connections = metrics.gauge("connections", "Clients that are connected, by transport.", [
      "transport",
    ]);
    this.leader = metrics.gauge("leader", "Whether this process is the one that reads the upstream (1).");
    this.redis = metrics.gauge(
      "redis_connected",
      "Whether this process is in touch with the others through Redis (1); absent without REDIS_URL.",
    );
    this.failing = metrics.gauge(
      "upstream_failing",
      "Whether the upstream's last word keeps every sport from being read (1): a bad key, no credits, a rate limit.",
    );
    this.boards = boardGauges(metrics);
    this.credits = creditGauges(metrics);
    metrics.counter("credits_spent_total", "Credits that this process spent.", [], () => [
      [Object.values(feed.creditReport().spent.bySport).reduce((sum, spent) => sum + spent, 0)],
    ]);
  }

  /** Sets all of them to what is now. */
  set(release: string, ready: boolean, { socketio, websocket }: Clients): void {
    const { feed } = this;
    this.info.reset();
    this.info.set({ release, source: feed.source }, 1);
    this.ready.set(ready ? 1 : 0);
    this.connections.set({ transport: "socketio" }, socketio);
    this.connections.set({ transport: "websocket" }, websocket);
    this.leader.set(feed.leads ? 1 : 0);
    setOrDrop(this.redis, feed.connection === null ? null : Number(feed.connection === "ok"));
    this.failing.set(feed.upstreamTrouble() ? 1 : 0);
    this.setBoards();
    this.setCredits();
  }

  /** Sports that nobody wants any more, and what is no sport for sure, are left out. */
  private setBoards(): void {
    const { feed, boards } = this;
    for (const gauge of Object.values(boards)) gauge.reset();
    for (const { sport, status, reason, ageMs, everyMs, nextFetchAt } of feed.sportsInShort()) {
      if (!feed.isProven(sport)) continue;
      const version = feed.version(sport);
      // How old it became while nobody wanted it is nothing to wake anybody for.
      if (ageMs !== null && reason !== NOT_WATCHED) boards.age.set({ sport }, Math.max(0, ageMs) / 1000);
      if (version !== undefined) boards.version.set({ sport }, version);
      boards.nextRead.set({ sport }, nextFetchAt / 1000);
      boards.interval.set({ sport }, everyMs / 1000);
      for (const one of STATUSES) boards.status.set({ sport, status: one }, one === status ? 1 : 0);
    }
  }

  private setCredits(): void {
    const { credits } = this;
    const { remaining, reserve, plan, rate, resetAt, runsOutAt } = this.feed.creditReport();
    setOrDrop(credits.remaining, remaining);
    setOrDrop(credits.reserved, reserve);
    setOrDrop(credits.plan, plan);
    setOrDrop(credits.rate, remaining === null ? null : rate / 3600);
    setOrDrop(credits.resetAt, resetAt === null ? null : resetAt / 1000);
    setOrDrop(credits.runOutAt, runsOutAt === null ? null : runsOutAt / 1000);
  }
}

function boardGauges(metrics: Metrics) {
  return {
    age: metrics.gauge("board_age_seconds", "How long ago a wanted sport was read.", ["sport"]),
    version: metrics.gauge("board_version", "The version of a wanted sport's board.", ["sport"]),
    interval: metrics.gauge("board_read_interval_seconds", "How often a wanted sport is to be read.", [
      "sport",
    ]),
    nextRead: metrics.gauge(
      "board_next_read_timestamp_seconds",
      "When a wanted sport is read next, since the epoch.",
      ["sport"],
    ),
    status: metrics.gauge("board_status", "Of a wanted sport: 1 for the status that its board has.", [
      "sport",
      "status",
    ]),
  };
}

function creditGauges(metrics: Metrics) {
  return {
    remaining: metrics.gauge("credits_remaining", "Credits left, by the upstream's last word."),
    reserved: metrics.gauge("credits_reserved", "Credits that are never spent."),
    plan: metrics.gauge("credits_plan", "Credits that the plan gives a month."),
    rate: metrics.gauge("credits_per_second", "Credits a second, as the wanted sports are being read now."),
    resetAt: metrics.gauge("credits_reset_timestamp_seconds", "When the credits come back, since the epoch."),
    runOutAt: metrics.gauge(
      "credits_run_out_timestamp_seconds",
      "When the credits above the reserve are gone at this rate; absent where they outlast the reset.",
    ),
  };
}

/** A gauge without a value is left out, where 0 would be one. */
function setOrDrop(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove();
  else gauge.set(value);
}
