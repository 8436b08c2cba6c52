/*
 * The wire as a frontend sees it. Written by `npm run client-types` from the schemas of src/protocol: change those.
 */

/** Presents a token, where the server asks for one: the first at the plain WebSocket, or a new one before that ends. */
export interface Auth {
  type: "auth";
  /** A JSON Web Token. */
  token: string;
}

/** The connection's token is taken: the connection may go on until that ends. */
export interface AuthAck {
  type: "auth_ack";
  /** When this was made ready for sending, in ms since the epoch. */
  timestamp: number;
  /** Whose token it is; null where it names nobody, or where this server asks for none. */
  sub: string | null;
  /** When it ends, in ms since the epoch; null where this server asks for none. */
  expiresAt: number | null;
}

/** The board of a sport as it was at a moment. */
export interface BoardAt {
  /** The sport's key. */
  sport: string;
  /** The moment that was asked for, in ms since the epoch. */
  at: number;
  /** The reading that gave this board, in ms since the epoch. */
  readAt: number;
  /** The reading before that; null where there is none. */
  readBefore: number | null;
  /** The reading after the moment; null where there is none yet. Once there is, the answer is final. */
  readAfter: number | null;
  /** The board as it was. */
  odds: PastEvent[];
}

/** A game, fight or tournament on a board, with keys that the upstream adds and this server does not know. */
export interface BoardEvent {
  /** Its identity. */
  id: string;
  /** The sport's key. */
  sport_key?: string | null | undefined;
  /** The sport's name for people. */
  sport_title?: string | null | undefined;
  /** When it begins; once that has passed, it is in play. */
  commence_time: string | number;
  /** Null for outrights. */
  home_team?: string | null | undefined;
  /** Null for outrights. */
  away_team?: string | null | undefined;
  /** May be empty. */
  bookmakers: Bookmaker[];
}

/** A bookmaker's markets on one event, as they stand on a board. */
export interface Bookmaker {
  /** Its identity, such as fanduel. */
  key: string;
  /** Its name for people, which may change. */
  title?: string | null | undefined;
  /** When the upstream last read it. It moves all the time without any price moving. */
  last_update?: string | number | null | undefined;
  /** Any may be missing. */
  markets: Market[];
}

/** What to do to one bookmaker of an event, and to its markets. */
export interface BookmakerChange {
  key: string;
  /** It came, or came back: drop what you hold under this key and begin with nothing. */
  fresh?: true | undefined;
  /** It stands directly behind the one with this key; null: it is the first. Absent: it keeps its place. */
  after?: string | null | undefined;
  /** All of its own fields, in place of those you hold; but for its key, its list and `last_update`. */
  fields?: Record<string, unknown> | undefined;
  /** Keys of markets that left. */
  gone?: string[] | undefined;
  markets?: MarketChange[] | undefined;
}

/** What makes one board of another, told in the values of the newer one, so that doing it twice does no harm. What is not named stays as it is. */
export interface Changes {
  /** Ids of events that left. */
  gone?: string[] | undefined;
  /** In the order of the newer board. */
  events?: EventChange[] | undefined;
  /** By bookmaker key. */
  read?: Record<string, ReadTrack[]> | undefined;
}

/** All processes that serve these boards; one by itself is a list of one. */
export interface ClusterAnswer {
  processes: ProcessReport[];
  /** When this was answered, in ms since the epoch. */
  timestamp: number;
}

/** The state of the bill. */
export interface CreditsAnswer {
  /** Credits left, as the upstream last said; null before it did. */
  remaining: number | null;
  /** Credits used, as the upstream last said. */
  used: number | null;
  /** Credits a month. */
  plan: number | null;
  /** Credits that are never spent. */
  reserve: number | null;
  /** When credits come back, in ms since the epoch. */
  resetAt: number | null;
  /** Credits an hour, as the wanted sports are being read now. */
  rate: number;
  /** When the credits above the reserve are gone at that rate, in ms since the epoch; null where they outlast the reset or are unknown. */
  runsOutAt: number | null;
  /** The process that tells this. */
  process: string;
  /** What that process has spent itself. */
  spent: {
    /** Credits by sport. */
    bySport: Record<string, number>;
    /** Credits by hour, named by its beginning (ISO 8601). */
    byHour: Record<string, number>;
  };
  /** The sports that are being read, by key. */
  sports: Record<
    string,
    {
      /** How often it is read, in ms. */
      everyMs: number;
      /** When it is read next, in ms since the epoch. */
      nextFetchAt: number;
      /** Credits a read. */
      cost: number;
      /** Why it is not read as planned, as a code; null while it is. Nothing is spent on it meanwhile. */
      reason: string | null;
    }
  >;
  /** Closing reads; null where there are none, or another process makes them. */
  closing: {
    /** The coming week. */
    week: {
      /** Kick-off slots that are known: games that start together, read once. */
      slots: number;
      /** Games in them. */
      games: number;
      /** What reading all of them costs. */
      credits: number;
      /** The same with games that are not listed yet, about. */
      expected: number;
      /** Slots that are left out, as the credits do not last for all. */
      skippedSlots: number;
    };
    /** Credits that are kept for closing reads, up to the reset. */
    earmarked: number;
    /** Games that were read within 60 s before their start, since this process reads. */
    seen: number;
    /** Games that were not. */
    missed: number;
    /** The last hundred of these, by start; the latest last. */
    missedCloses: {
      sport: string;
      /** When these games started, in ms since the epoch. */
      startsAt: number;
      games: number;
      /** `CREDITS` (left out, as credits do not last for all), `CREDIT_RESERVE`, `START_UNKNOWN` (the start was moved, or not listed in time), `OVERDUE`, `CLUSTER_UNAVAILABLE`, or what the upstream's failure is called. */
      reason: string;
    }[];
  } | null;
  /** When this was answered, in ms since the epoch. */
  timestamp: number;
}

/** Why a request was refused or could not be answered. */
export interface ErrorBody {
  error: {
    code: ErrorCode;
    /** A sentence for people. */
    message: string;
  };
}

/** What went wrong, to branch on. */
export type ErrorCode =
  | "INVALID_MESSAGE"
  | "UNAUTHORIZED"
  | "TOKEN_EXPIRED"
  | "SPORT_NOT_ALLOWED"
  | "NOT_FOUND"
  | "NOT_COVERED"
  | "UNKNOWN_SPORT"
  | "TOO_MANY_SUBSCRIPTIONS"
  | "RATE_LIMITED"
  | "INTERNAL"
  | "UPSTREAM_FAILED"
  | "UPSTREAM_RATE_LIMITED"
  | "OUT_OF_USAGE_CREDITS"
  | "INVALID_KEY"
  | "CLUSTER_UNAVAILABLE"
  | "SHUTTING_DOWN";

/** Something did not work: a message was refused, or a sport could not be read. */
export interface ErrorMessage {
  type: "error";
  /** When this was made ready for sending, in ms since the epoch. */
  timestamp: number;
  code: ErrorCode;
  /** A sentence for people. */
  message: string;
  /** The sport that it concerns, where it concerns one. */
  sport?: string | undefined;
}

/** What to do to one event, and to its bookmakers. */
export interface EventChange {
  id: string;
  /** It came, or came back: drop what you hold under this key and begin with nothing. */
  fresh?: true | undefined;
  /** It stands directly behind the one with this key; null: it is the first. Absent: it keeps its place. */
  after?: string | null | undefined;
  /** All of its own fields, in place of those you hold; but for its key, its list and `last_update`. */
  fields?: Record<string, unknown> | undefined;
  /** Keys of bookmakers that left. */
  gone?: string[] | undefined;
  bookmakers?: BookmakerChange[] | undefined;
}

/** The process lives, and what it is doing. */
export interface Health {
  status: "ok";
  /** In seconds. */
  uptime: number;
  /** It waits for the others, should get traffic, or sends clients elsewhere. */
  phase: "starting" | "ready" | "draining";
  /** The process's name, made up at each start. */
  process: string;
  /** Which server this is: its version, and the commit that was built. */
  release: string;
  /** Where it listens. */
  port?: number | undefined;
  /** Connections in `/odds` at both transports. */
  websocket: number;
  /** Connections in `/odds`, by transport. */
  clients: {
    socketio: number;
    websocket: number;
  };
  source: SourceName;
  /** The sports being read, by any of the processes. */
  wanted: string[];
  /** The bill in short; null where nothing is paid for, or nothing is known, or it is not for who asks. */
  credits: {
    remaining: number;
    /** Credits an hour. */
    rate: number;
    runsOutAt: number | null;
    resetAt: number | null;
  } | null;
  /** What is not as it should be, as codes. */
  degraded?: string[] | undefined;
}

/** The changes of an event's markets. */
export interface HistoryAnswer {
  /** In order of time. */
  changes: HistoryChange[];
  /** How sure that is, for the time that `changes` are of. */
  coverage: HistoryCoverage[];
  /** Where the next page begins; null where this is the last. */
  cursor: string | null;
}

/** A market's outcomes changed after `after` and by `at`. */
export interface HistoryChange {
  /** The event's id. */
  event: string;
  /** The bookmaker's key. */
  bookmaker: string;
  /** The market's key. */
  market: string;
  /** When this server first saw it so, in ms since the epoch. */
  at: number;
  /** The reading before, in ms since the epoch: it changed after that, and by `at`. Null where that is not known. */
  after: number | null;
  /** The outcomes from then on; null where the market went. */
  outcomes: Outcome[] | null;
}

/** How a sport was read in a time, or why it was not. */
export type HistoryCoverage =
  | {
      /** In ms since the epoch. */
      from: number;
      /** In ms since the epoch. */
      to: number;
      /** How often it was read, in ms. */
      everyMs: number;
    }
  | {
      /** In ms since the epoch. */
      from: number;
      /** In ms since the epoch. */
      to: number;
      /** Why the sport was not read, as a code: `NOBODY_WATCHED`, `CREDITS`, `SERVER_DOWN`, `HISTORY_DOWN`, an error's code, `NOT_KEPT` (before the first reading that is kept), or `NOT_READ` (why is not known yet). */
      reason: string;
    };

/** An event that is or was on the board. */
export interface HistoryEvent {
  /** The event's id. */
  id: string;
  /** The first reading that had it, in ms since the epoch. */
  firstSeen: number;
  /** The last reading that had it, in ms since the epoch. */
  lastSeen: number;
  /** Whether the last reading of the sport has it. */
  isListed: boolean;
  /** All that it was called, oldest first: the last holds. */
  called: {
    /** When this server first saw it so, in ms since the epoch. */
    at: number;
    commence_time?: string | number | null | undefined;
    home_team?: string | null | undefined;
    away_team?: string | null | undefined;
  }[];
}

/** The events of a sport that are known. */
export interface HistoryEvents {
  /** In the order in which they were first seen. */
  events: HistoryEvent[];
  /** Where the next page begins; null where this is the last. */
  cursor: string | null;
}

/** One side of a bet: where several lines are offered at once, one line. */
export interface HistoryLine {
  /** The bookmaker's key. */
  bookmaker: string;
  /** The market's key. */
  market: string;
  /** The outcome's name. */
  name: string;
  /** Whom it is about, where the upstream says so; null otherwise. */
  description: string | null;
  /** The first price seen. Where `after` is null or long before, it may have stood before that. */
  opening: {
    /** In the server's odds format. */
    price: number;
    /** The line then; null where there is none. */
    point: number | null;
    /** When this server first saw it so, in ms since the epoch. */
    at: number;
    /** The reading before, in ms since the epoch: it changed after that, and by `at`. Null where that is not known. */
    after: number | null;
  };
  /** As it stands at the last reading; null where it is not on the board. */
  current: HistoryPrice | null;
  highest: HistoryPrice;
  lowest: HistoryPrice;
  /** The same of what was seen before the start; null where nothing was. */
  beforeStart: {
    highest: HistoryPrice;
    lowest: HistoryPrice;
  } | null;
  /** The last price before the start, or why there is none. */
  closing:
    | {
        /** In the server's odds format. */
        price: number;
        /** The line then; null where there is none. */
        point: number | null;
        /** When this server first saw it so, in ms since the epoch. */
        at: number;
        /** The last reading before the start, in ms since the epoch. */
        seenAt: number;
        /** How long that was before the start, in ms: what came then is not known. */
        beforeStartMs: number;
        /** Why nobody looked nearer to the start, as a code; null where somebody did. */
        reason: string | null;
      }
    | {
        /** As a code: `NOT_STARTED`, `NOT_OFFERED` (at the last reading before the start it was not on the board), `NOT_SEEN` (the event was first seen after its start), or why nobody looked before it. */
        reason: string;
      };
}

/** Opening, current, highest, lowest and closing prices of an event. */
export interface HistoryLines {
  /** The event's id. */
  event: string;
  /** When the event begins or began, as last told; null where that is not known. */
  start: number | null;
  /** The last reading of the sport, in ms since the epoch. */
  readAt: number;
  lines: HistoryLine[];
}

/** A price, and when it was first seen. */
export interface HistoryPrice {
  /** In the server's odds format. */
  price: number;
  /** The line then; null where there is none. */
  point: number | null;
  /** When this server first saw it so, in ms since the epoch. */
  at: number;
}

/** How the history is. */
export interface HistoryStatus {
  engine: "sqlite" | "postgres";
  /** What the store takes. */
  bytes: number;
  /** Rows in it. */
  rows: number;
  /** The oldest reading that is kept; null where there is none. */
  oldest: number | null;
  /** What is not stored yet, at the process that stores. */
  queue: {
    readings: number;
    bytes: number;
  };
  /** When the store last failed; null where it did not since the start. */
  lastError: {
    /** In ms since the epoch. */
    at: number;
    /** For operators. */
    message?: string | undefined;
  } | null;
}

/** One bookmaker's offer on one question, as it stands on a board. */
export interface Market {
  /** The question: h2h, spreads, totals, outrights, … */
  key: string;
  /** When the upstream last read it. It moves all the time without any price moving. */
  last_update?: string | number | null | undefined;
  /** In no order that means anything: match them by name and point. */
  outcomes: Outcome[];
  /** When this server first saw these outcomes (ISO 8601): when a price last changed, as far as it knows. */
  changed_at: string;
}

/** What to do to one market. Its `fields` include its outcomes. */
export interface MarketChange {
  key: string;
  /** It came, or came back: drop what you hold under this key and begin with nothing. */
  fresh?: true | undefined;
  /** It stands directly behind the one with this key; null: it is the first. Absent: it keeps its place. */
  after?: string | null | undefined;
  /** All of its own fields, in place of those you hold; but for its key, its list and `last_update`. */
  fields?: Record<string, unknown> | undefined;
}

/** The time around it in which nobody looked; null where it has no beginning, or no end yet. */
export interface NotCovered {
  from: number | null;
  to: number | null;
  /** Why the sport was not read, as a code: `NOBODY_WATCHED`, `CREDITS`, `SERVER_DOWN`, `HISTORY_DOWN`, an error's code, `NOT_KEPT` (before the first reading that is kept), or `NOT_READ` (why is not known yet). */
  reason: string;
}

/** Why there is no board of that moment. */
export interface NotCoveredBody {
  error: {
    code: ErrorCode;
    /** A sentence for people. */
    message: string;
    gap?: NotCovered | undefined;
  };
}

/** What changed since version `from`; sent each tick, even with nothing changed, as it carries the data's age. To be applied to any board of the same epoch whose version is `from` or later, and not later than `version`. */
export interface OddsDelta {
  type: "odds_delta";
  /** When this was made ready for sending, in ms since the epoch. */
  timestamp: number;
  /** The sport's key. */
  sport: string;
  /** Names the count of versions; versions of different epochs cannot be compared. */
  epoch: string;
  /** Goes up by one whenever the board's content changes: anything but `last_update`. */
  version: number;
  /** When the upstream was last read, in ms since the epoch. `timestamp - fetchedAt` is the board's age. */
  fetchedAt: number;
  /** When the upstream is read next for this sport, if somebody wants it then; ms since the epoch. */
  nextFetchAt: number;
  source: SourceName;
  /** Only where `source` is `replay`: the recorded moment that the board shows, in ms since the epoch. What is in play, and how long ago a price changed, is reckoned from it. */
  replayedAt?: number | undefined;
  status: Status;
  /** Why the status is not `live`, as a code; null while it is. `NOT_WATCHED`: nobody wanted the sport for a while, so that this board is old; it is being read, and the next one is live. */
  reason: string | null;
  /** The version that it begins at. */
  from: number;
  changes: Changes;
  /** It merges several versions. */
  conflated?: true | undefined;
}

/** What is known of a sport now, changed or not. Replaces all that you hold of it. */
export interface OddsUpdate {
  type: "odds_update";
  /** When this was made ready for sending, in ms since the epoch. */
  timestamp: number;
  /** The sport's key. */
  sport: string;
  /** Names the count of versions; versions of different epochs cannot be compared. */
  epoch: string;
  /** Goes up by one whenever the board's content changes: anything but `last_update`. */
  version: number;
  /** When the upstream was last read, in ms since the epoch. `timestamp - fetchedAt` is the board's age. */
  fetchedAt: number;
  /** When the upstream is read next for this sport, if somebody wants it then; ms since the epoch. */
  nextFetchAt: number;
  source: SourceName;
  /** Only where `source` is `replay`: the recorded moment that the board shows, in ms since the epoch. What is in play, and how long ago a price changed, is reckoned from it. */
  replayedAt?: number | undefined;
  status: Status;
  /** Why the status is not `live`, as a code; null while it is. `NOT_WATCHED`: nobody wanted the sport for a while, so that this board is old; it is being read, and the next one is live. */
  reason: string | null;
  /** The events; may be empty. */
  odds: readonly BoardEvent[];
}

/** A view: the board without what is not listed. What is listed and not on the board may come. */
export interface Only {
  /** Ids of events; without it all of them. */
  events?: string[] | undefined;
  /** Keys of bookmakers; without it all of them. */
  bookmakers?: string[] | undefined;
  /** Keys of markets; without it all of them. */
  markets?: string[] | undefined;
}

/** One side of a bet. */
export interface Outcome {
  /** A team, a player, Draw, Over or Under. */
  name: string;
  /** In the server's odds format, decimal or american. */
  price: number;
  /** The line of a spread or total; 0 is a line. */
  point?: number | null | undefined;
}

/** An event as it stood on a board, without any `last_update`. */
export interface PastEvent {
  /** Its identity. */
  id: string;
  /** The sport's key. */
  sport_key?: string | null | undefined;
  /** The sport's name for people. */
  sport_title?: string | null | undefined;
  /** When it begins; once that has passed, it is in play. */
  commence_time: string | number;
  /** Null for outrights. */
  home_team?: string | null | undefined;
  /** Null for outrights. */
  away_team?: string | null | undefined;
  /** May be empty. */
  bookmakers: {
    /** Its identity, such as fanduel. */
    key: string;
    /** Its name for people, which may change. */
    title?: string | null | undefined;
    /** Any may be missing. */
    markets: {
      /** The question: h2h, spreads, totals, outrights, … */
      key: string;
      /** In no order that means anything: match them by name and point. */
      outcomes: Outcome[];
      /** When this server first saw these outcomes (ISO 8601): when a price last changed, as far as it knows. */
      changed_at: string;
    }[];
  }[];
}

/** Asks whether anybody is there. */
export interface Ping {
  type: "ping";
}

/** The answer to a `ping`. */
export interface Pong {
  type: "pong";
  /** When this was made ready for sending, in ms since the epoch. */
  timestamp: number;
}

/** One of the processes that serve these boards. */
export interface ProcessReport {
  /** Made up at each start. */
  id: string;
  /** Where it listens. */
  port?: number | undefined;
  /** Which server this is: its version, and the commit that was built. */
  release?: string | undefined;
  /** Connections in `/odds` that it holds. */
  clients: number;
  /** The sports that its own clients want. */
  wanted: readonly string[];
  /** Whether it is the one that reads the upstream. */
  reader: boolean;
  /** The versions of its boards, by sport. */
  versions: Record<string, number>;
}

/** The `last_update`s of one bookmaker on all events of the board. */
export interface ReadTrack {
  /** Markets by key, and the bookmaker itself by an empty string. */
  of: string[];
  /** Each holds from the event with that id on (null: from the first), in the board's order. */
  runs: [string | null, string | number | null | false][];
}

/** The server goes down: connect again when the connection ends, or before; there is another one. */
export interface Reconnect {
  type: "reconnect";
  /** When this was made ready for sending, in ms since the epoch. */
  timestamp: number;
  /** The connection ends in so many ms. */
  delayMs: number;
}

/** What a Socket.IO callback is given when the message was refused. */
export interface Refusal {
  ok: false;
  /** Why. */
  error: {
    code: ErrorCode;
    /** A sentence for people. */
    message: string;
  };
}

/** Why the whole board follows. `NEW`: no `since` was given. `EPOCH_CHANGED`: versions started afresh. `TOO_OLD`: the steps since are forgotten, or more than a board. */
export type Resync = "NEW" | "EPOCH_CHANGED" | "TOO_OLD";

/** Where the prices come from. */
export type SourceName = "the-odds-api" | "simulated" | "replay";

/** A sport or league that odds can be had for. */
export interface Sport {
  /** What it is asked for by, such as basketball_nba. */
  key: string;
  /** What it belongs to, such as Basketball. */
  group: string;
  /** Its name for people. */
  title: string;
  /** A few words on it. */
  description: string;
  /** Whether it is in season. */
  active: boolean;
  /** Whether its odds are on who wins a tournament. */
  has_outrights: boolean;
}

/** The sports that this server serves. */
export interface SportsAnswer {
  sports: Sport[];
  /** When this was answered, in ms since the epoch. */
  timestamp: number;
}

/** `live`: read when planned. `stale`: the last read failed or is overdue, or nobody wanted the board for a while. `paused`: reading is stopped for now. */
export type Status = "live" | "stale" | "paused";

/** In one word how the server is, and what that is made of. */
export interface StatusReport {
  /** `ok`: all is live. `degraded`: `reasons` says what is not, and it serves all the same. `down`: it should get no traffic, or nothing of what is wanted is live. */
  status: "ok" | "degraded" | "down";
  /** It waits for the others, should get traffic, or sends clients elsewhere. */
  phase: "starting" | "ready" | "draining";
  /** The process's name, made up at each start. */
  process: string;
  /** Which server this is: its version, and the commit that was built. */
  release: string;
  /** Where it listens. */
  port?: number | undefined;
  /** What is not as it should be, as codes. */
  reasons: string[];
  sports: {
    sport: string;
    /** `starting`: there is no board yet. */
    status: "live" | "stale" | "paused" | "starting";
    /** Why it is not as planned, as a code; null while it is. */
    reason: string | null;
    /** How old its board is, in ms; null where there is none. */
    ageMs: number | null;
    /** In ms since the epoch. */
    nextFetchAt: number;
  }[];
  upstream:
    | {
        status: "ok";
        reason: null;
      }
    | {
        status: "failing";
        reason: string;
        /** In ms since the epoch. */
        nextTryAt: number;
      };
  /** Null where there is none. */
  redis: "ok" | "away" | null;
  /** Whether what is read can be kept; null where no history is. */
  history: "starting" | "ok" | "away" | null;
  /** The bill in short; null where nothing is paid for, or nothing is known, or it is not for who asks. */
  credits: {
    remaining: number;
    /** Credits an hour. */
    rate: number;
    runsOutAt: number | null;
    resetAt: number | null;
  } | null;
  /** For operators: what to do about each reason, in a sentence. */
  advice?: Record<string, string> | undefined;
  /** For operators: this process's own reads of boards at the upstream, since its start. */
  reads?:
    | {
        /** Reads that gave a board. */
        ok: number;
        /** Reads that gave none. */
        failed: number;
        /** When the last one began, in ms since the epoch; null before it. */
        lastAt: number | null;
      }
    | undefined;
  /** For operators: the last 20 messages of this process's log in WARN and ERROR, the latest first. */
  errors?:
    | {
        /** When the last of them was written, by its machine's clock; in ms since the epoch. */
        at: number;
        /** `error`: somebody must act. `warn`: it heals by itself, but look. */
        level: "warn" | "error";
        /** Without secrets, as in the log; at most 300 characters. */
        message: string;
        /** How many there were, since the first that is still known. */
        count: number;
        /** The error code that the last of them names. */
        code?: string | undefined;
        /** The sport that the last of them names. */
        sport?: string | undefined;
      }[]
    | undefined;
  /** When this was answered, in ms since the epoch. */
  timestamp: number;
}

/** Asks for a sport: an acknowledgement, then its board at once where one is known, and each tick. */
export interface Subscribe {
  type: "subscribe";
  /** A sport's key, such as basketball_nba. GET /api/odds/sports lists them. */
  sport: string;
  updates?: Updates | undefined;
  /** For `delta`: the board you hold already, to be told only what you missed since. */
  since?:
    | {
        epoch: string;
        version: number;
      }
    | undefined;
  only?: Only | undefined;
}

/** A subscription stands: what its updates will be, and from which board they go on. */
export interface SubscriptionAck {
  type: "subscription_ack";
  /** When this was made ready for sending, in ms since the epoch. */
  timestamp: number;
  /** The sport's key. */
  sport: string;
  /** The sport's room: `odds:` and its key. */
  room: string;
  updates: Updates;
  /** The time between two updates, in ms. */
  updateFrequency: number;
  /** How many messages a connection may send within a second. */
  maxMessagesPerSecond: number;
  /** Names the count of versions; versions of different epochs cannot be compared. */
  epoch: string;
  /** The version of the board that is known; null before the first. */
  version: number | null;
  /** Only for `delta`: whether the changes since `since` follow (true), or the whole board (false). */
  recovered?: boolean | undefined;
  resync?: Resync | undefined;
  /** The view that was asked for, its lists sorted; absent where it is the whole board. */
  only?: Only | undefined;
}

/** Wants a sport no more. */
export interface Unsubscribe {
  type: "unsubscribe";
  /** A sport's key, such as basketball_nba. GET /api/odds/sports lists them. */
  sport: string;
}

/** A subscription ended, or there was none. */
export interface UnsubscriptionAck {
  type: "unsubscription_ack";
  /** When this was made ready for sending, in ms since the epoch. */
  timestamp: number;
  /** The sport's key. */
  sport: string;
}

/** `full`: the whole board each time. `delta`: the whole board once, then what changed. */
export type Updates = "full" | "delta";

/** All that a client is told. */
export type ServerMessage =
  | SubscriptionAck
  | UnsubscriptionAck
  | OddsUpdate
  | OddsDelta
  | ErrorMessage
  | Pong
  | AuthAck
  | Reconnect;

/** All that a client may say. */
export type ClientMessage = Subscribe | Unsubscribe | Ping | Auth;

/** What a Socket.IO callback is given when the message was taken: the fields of the answering event. */
export type Accepted<Ack> = Ack & { ok: true };

/** What the callback of `subscribe` is given; `ok` tells which of the two. */
export type SubscribeAnswer = Accepted<SubscriptionAck> | Refusal;

/** What the callback of `unsubscribe` is given; `ok` tells which of the two. */
export type UnsubscribeAnswer = Accepted<UnsubscriptionAck> | Refusal;

/** What the callback of `ping` is given; `ok` tells which of the two. */
export type PingAnswer = Accepted<Pong> | Refusal;

/** What the callback of `auth` is given; `ok` tells which of the two. */
export type AuthAnswer = Accepted<AuthAck> | Refusal;

/** What a Socket.IO callback is given; `ok`, and then `type`, tell which it is. */
export type Answer = SubscribeAnswer | UnsubscribeAnswer | PingAnswer | AuthAnswer;

/** Socket.IO's events from the server: named by `type`, for a typed socket.io-client. */
export type ServerToClientEvents = { [M in ServerMessage as M["type"]]: (message: M) => void };

/** Socket.IO's events from a client, each with its optional callback. */
export interface ClientToServerEvents {
  subscribe(message: Omit<Subscribe, "type">, callback?: (answer: SubscribeAnswer) => void): void;
  unsubscribe(message: Omit<Unsubscribe, "type">, callback?: (answer: UnsubscribeAnswer) => void): void;
  auth(message: Omit<Auth, "type">, callback?: (answer: AuthAnswer) => void): void;
  message(message: ClientMessage, callback?: (answer: Answer) => void): void;
}
