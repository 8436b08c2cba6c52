import type {
  ClusterAnswer,
  CreditsAnswer,
  ErrorBody,
  Health,
  SportsAnswer,
  StatusReport,
} from "./answers.js";
import type { ClientMessage } from "./client-messages.js";
import type {
  BoardAt,
  HistoryAnswer,
  HistoryEvents,
  HistoryLines,
  HistoryStatus,
  NotCoveredBody,
} from "./history-answers.js";
import type { ServerMessage } from "./server-messages.js";
import type { Answer } from "./socketio-events.js";

/** An example of each message and answer, for the contracts. A new message without one does not compile. */
type Examples = { readonly [M in ServerMessage | ClientMessage as M["type"]]: M } & {
  readonly accepted: Answer;
  readonly refused: Answer;
  readonly failure: ErrorBody;
  readonly sports: SportsAnswer;
  readonly credits: CreditsAnswer;
  readonly cluster: ClusterAnswer;
  readonly health: Health;
  readonly status: StatusReport;
  readonly boardAt: BoardAt;
  readonly notCovered: NotCoveredBody;
  readonly history: HistoryAnswer;
  readonly historyEvents: HistoryEvents;
  readonly historyLines: HistoryLines;
  readonly historyStatus: HistoryStatus;
};

const sport = "basketball_nba";
const timestamp = 1795370445310;
const PROCESS = "5b1c09e2a4f7";
const RELEASE = "0.1.0+a390f2d";

const head = {
  timestamp,
  sport,
  epoch: "mwsfa59v",
  version: 42,
  fetchedAt: 1795370445000,
  nextFetchAt: 1795370450000,
  source: "the-odds-api",
  status: "live",
  reason: null,
} as const;

const only = { bookmakers: ["draftkings", "fanduel"] };

const ack = {
  type: "subscription_ack",
  timestamp,
  sport,
  room: `odds:${sport}`,
  updates: "delta",
  updateFrequency: 5000,
  maxMessagesPerSecond: 20,
  epoch: "mwsfa59v",
  version: 41,
  recovered: true,
  only,
} as const;

const market = {
  changed_at: "2026-11-22T20:40:45.000Z",
  outcomes: [
    { name: "Boston Celtics", price: 1.55 },
    { name: "Dallas Mavericks", price: 2.5 },
  ],
};

const game = "4a66b1b2c3d4e5f60718293a4b5c6d7e";
const teams = {
  commence_time: "2026-11-22T21:10:00Z",
  home_team: "Boston Celtics",
  away_team: "Dallas Mavericks",
};
const { outcomes } = market;
const [opened, moved] = [1795366845000, 1795370445000];
const opening = { price: 1.6, point: null, at: opened };
const latest = { price: 1.55, point: null, at: moved };
const extremes = { highest: opening, lowest: latest };

const inShort = { remaining: 91_234, rate: 270, runsOutAt: null, resetAt: 1796083200000 };

/** See {@link Examples}. */
export const EXAMPLES: Examples = {
  subscribe: { type: "subscribe", sport, updates: "delta", since: { epoch: "mwsfa59v", version: 41 }, only },
  unsubscribe: { type: "unsubscribe", sport },
  ping: { type: "ping" },
  auth: { type: "auth", token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl" },
  subscription_ack: ack,
  unsubscription_ack: { type: "unsubscription_ack", timestamp, sport },
  odds_update: {
    type: "odds_update",
    ...head,
    odds: [
      {
        id: "4a66b1b2c3d4e5f60718293a4b5c6d7e",
        sport_key: sport,
        sport_title: "NBA",
        commence_time: "2026-11-22T21:10:00Z",
        home_team: "Boston Celtics",
        away_team: "Dallas Mavericks",
        bookmakers: [
          {
            key: "fanduel",
            title: "FanDuel",
            last_update: "2026-11-22T20:40:42Z",
            markets: [{ key: "h2h", last_update: "2026-11-22T20:40:42Z", ...market }],
          },
        ],
      },
    ],
  },
  odds_delta: {
    type: "odds_delta",
    ...head,
    from: 41,
    changes: {
      events: [
        {
          id: "4a66b1b2c3d4e5f60718293a4b5c6d7e",
          bookmakers: [{ key: "fanduel", markets: [{ key: "h2h", fields: market }] }],
        },
      ],
      read: { fanduel: [{ of: ["", "h2h"], runs: [[null, "2026-11-22T20:40:42Z"]] }] },
    },
  },
  error: {
    type: "error",
    timestamp,
    code: "UNKNOWN_SPORT",
    sport: "basketball_nab",
    message: "No such sport. GET /api/odds/sports lists the keys.",
  },
  pong: { type: "pong", timestamp },
  auth_ack: { type: "auth_ack", timestamp, sub: "ann", expiresAt: 1795374045000 },
  reconnect: { type: "reconnect", timestamp, delayMs: 2500 },
  accepted: { ok: true, ...ack },
  refused: {
    ok: false,
    error: { code: "UNKNOWN_SPORT", message: "No such sport. GET /api/odds/sports lists the keys." },
  },
  failure: { error: { code: "NOT_FOUND", message: "There is nothing at GET /odd." } },
  sports: {
    sports: [
      {
        key: sport,
        group: "Basketball",
        title: "NBA",
        description: "US Basketball",
        active: true,
        has_outrights: false,
      },
    ],
    timestamp,
  },
  credits: {
    ...inShort,
    used: 8766,
    plan: 100_000,
    reserve: 2000,
    process: PROCESS,
    spent: { bySport: { [sport]: 540 }, byHour: { "2026-11-22T20:00:00.000Z": 270 } },
    sports: { [sport]: { everyMs: 40_000, nextFetchAt: 1795370450000, cost: 3, reason: null } },
    closing: {
      week: { slots: 31, games: 52, credits: 93, expected: 130, skippedSlots: 0 },
      earmarked: 171,
      seen: 18,
      missed: 1,
      missedCloses: [{ sport, startsAt: 1795305600000, games: 1, reason: "UPSTREAM_FAILED" }],
    },
    timestamp,
  },
  cluster: {
    processes: [
      {
        id: PROCESS,
        port: 3001,
        release: RELEASE,
        clients: 12,
        wanted: [sport],
        reader: true,
        versions: { [sport]: 42 },
      },
    ],
    timestamp,
  },
  health: {
    status: "ok",
    uptime: 3600,
    phase: "ready",
    process: PROCESS,
    release: RELEASE,
    port: 3001,
    websocket: 12,
    clients: { socketio: 9, websocket: 3 },
    source: "the-odds-api",
    wanted: [sport],
    credits: inShort,
  },
  status: {
    status: "degraded",
    phase: "ready",
    process: PROCESS,
    release: RELEASE,
    port: 3001,
    reasons: ["UPSTREAM_RATE_LIMITED"],
    sports: [
      {
        sport,
        status: "stale",
        reason: "UPSTREAM_RATE_LIMITED",
        ageMs: 14_200,
        nextFetchAt: 1795370461000,
      },
    ],
    upstream: { status: "failing", reason: "UPSTREAM_RATE_LIMITED", nextTryAt: 1795370461000 },
    redis: "ok",
    history: "ok",
    credits: inShort,
    advice: { UPSTREAM_RATE_LIMITED: "The Odds API asks us to slow down." },
    reads: { ok: 712, failed: 3, lastAt: 1795370430500 },
    errors: [
      {
        at: 1795370430800,
        level: "warn",
        message: `Reading ${sport} failed: The Odds API asks us to slow down.`,
        count: 3,
        code: "UPSTREAM_RATE_LIMITED",
        sport,
      },
    ],
    timestamp,
  },
  boardAt: {
    sport,
    at: timestamp,
    readAt: moved,
    readBefore: moved - 5000,
    readAfter: moved + 5000,
    odds: [
      {
        id: game,
        sport_key: sport,
        sport_title: "NBA",
        ...teams,
        bookmakers: [{ key: "fanduel", title: "FanDuel", markets: [{ key: "h2h", ...market }] }],
      },
    ],
  },
  notCovered: {
    error: {
      code: "NOT_COVERED",
      message: "Nobody looked at that moment (NOBODY_WATCHED).",
      gap: { from: 1795280445000, to: opened, reason: "NOBODY_WATCHED" },
    },
  },
  history: {
    changes: [{ event: game, bookmaker: "fanduel", market: "h2h", at: moved, after: moved - 5000, outcomes }],
    coverage: [
      { from: opened, to: moved, everyMs: 5000 },
      { from: moved, to: moved + 60_000, reason: "CREDITS" },
    ],
    cursor: "MTc5NTM3MDQ0NTAwMC4xNw",
  },
  historyEvents: {
    events: [
      {
        id: game,
        firstSeen: opened,
        lastSeen: moved,
        isListed: true,
        called: [{ at: opened, ...teams }],
      },
    ],
    cursor: null,
  },
  historyLines: {
    event: game,
    start: 1795381800000,
    readAt: 1795382000000,
    lines: [
      {
        bookmaker: "fanduel",
        market: "h2h",
        name: "Boston Celtics",
        description: null,
        opening: { ...opening, after: opened - 5000 },
        current: latest,
        ...extremes,
        beforeStart: extremes,
        closing: { ...latest, seenAt: 1795381797000, beforeStartMs: 3000, reason: null },
      },
    ],
  },
  historyStatus: {
    engine: "sqlite",
    bytes: 48_234_496,
    rows: 512_345,
    oldest: 1792778445000,
    queue: { readings: 1, bytes: 2048 },
    lastError: null,
  },
};
