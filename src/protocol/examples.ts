import type {
  ClusterAnswer,
  CreditsAnswer,
  ErrorBody,
  Health,
  SportsAnswer,
  StatusReport,
} from "./answers.js";
import type { ClientMessage } from "./client-messages.js";
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
} as const;

const market = {
  changed_at: "2026-11-22T20:40:45.000Z",
  outcomes: [
    { name: "Boston Celtics", price: 1.55 },
    { name: "Dallas Mavericks", price: 2.5 },
  ],
};

const inShort = { remaining: 91_234, rate: 270, runsOutAt: null, resetAt: 1796083200000 };

/** See {@link Examples}. */
export const EXAMPLES: Examples = {
  subscribe: { type: "subscribe", sport, updates: "delta", since: { epoch: "mwsfa59v", version: 41 } },
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
    credits: null,
    timestamp,
  },
};
