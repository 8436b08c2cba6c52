import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Verify } from "../../src/delivery/claims.js";
import type { Connection } from "../../src/delivery/connection.js";
import { Hub } from "../../src/delivery/hub.js";
import { MessageCache } from "../../src/delivery/message-cache.js";
import { Session } from "../../src/delivery/session.js";
import type { SessionLimits } from "../../src/delivery/session-limits.js";
import { AppError } from "../../src/errors.js";
import { Metrics, TransportCounts } from "../../src/metrics.js";
import type { OddsFeed } from "../../src/polling/feed.js";
import type { ServerMessage } from "../../src/protocol/server-messages.js";
import type { Answer } from "../../src/protocol/socketio-events.js";
import { SourceError } from "../../src/source-error.js";
import { literalConnection, literalView } from "../helpers/literal-delivery.js";
import { rememberingLog } from "../helpers/start-app.js";

/** A feed that knows the sport `known` with a board, `fresh` without one, and what is held of each. */
function literalFeed() {
  const held: string[] = [];
  const view = literalView("known");
  const feed = {
    held,
    trouble: (_sport: string): { error: SourceError; until: number } | undefined => undefined,
    tickMs: 5000,
    now: Date.now,
    epoch: () => "e",
    listen: () => {},
    refusal: (sport: string) =>
      sport === "known" || sport.startsWith("fresh") ? undefined : AppError.unknownSport(),
    want: (sport: string) => {
      held.push(sport);
      return () => void held.splice(held.indexOf(sport), 1);
    },
    current: (sport: string) => (sport === "known" ? view : undefined),
    version: (sport: string) => (sport === "known" ? 7 : undefined),
    since: () => undefined,
  };
  return feed;
}

let feed: ReturnType<typeof literalFeed>;
let told: ServerMessage[];
let refused: number;
let counts: TransportCounts;
let log: ReturnType<typeof rememberingLog>;

beforeEach(() => {
  feed = literalFeed();
  told = [];
  refused = 0;
  counts = new TransportCounts();
  log = rememberingLog();
});

function begin(
  limits: Partial<SessionLimits> = {},
  faulty: Partial<Connection> = {},
  verify?: Verify,
): Session {
  const typed = feed as unknown as OddsFeed;
  const connection = literalConnection({
    counts,
    write: (frame, sent) => {
      told.push(JSON.parse(frame.json));
      sent?.();
    },
    refuse: () => {
      refused += 1;
    },
    ...faulty,
  });
  const some = { MAX_SUBSCRIPTIONS: 3, MAX_MESSAGES_PER_SECOND: 1000, ...limits };
  return new Session(
    typed,
    new Hub(typed, new MessageCache(typed), new Metrics().transports, log),
    some,
    connection,
    log,
    verify,
  );
}

/** A message has come in, as a door passes it on. */
function hear(session: Session, said: unknown): void {
  session.count();
  session.receive(said);
}

const subscribe = (sport: unknown) => ({ type: "subscribe", sport });
const types = () => told.map(({ type }) => type);

describe("a session", () => {
  it("answers a subscription, then sends the board that is known, in one go", () => {
    begin().receive(subscribe("known"));
    expect(told).toMatchObject([
      {
        type: "subscription_ack",
        sport: "known",
        room: "odds:known",
        updates: "full",
        updateFrequency: 5000,
        epoch: "e",
        version: 7,
      },
      { type: "odds_update", sport: "known", version: 7, status: "live", reason: null },
    ]);
    expect(feed.held).toEqual(["known"]);
  });

  it("answers a subscription without a board with a null version, and is silent till there is one", () => {
    begin().receive(subscribe("fresh"));
    expect(told).toMatchObject([{ type: "subscription_ack", version: null }]);
  });

  it("says what keeps the first board from coming", () => {
    const error = new SourceError("INVALID_KEY", "The key is refused.", "person");
    feed.trouble = () => ({ error, until: 0 });
    begin().receive(subscribe("fresh"));
    expect(told).toMatchObject([
      { type: "subscription_ack" },
      { type: "error", code: "INVALID_KEY", sport: "fresh", message: "The key is refused." },
    ]);
  });

  it("gives the callback what the event says", () => {
    const session = begin();
    const answers: Answer[] = [];
    session.receive(subscribe("known"), (answer) => answers.push(answer));
    session.receive(subscribe("nowhere"), (answer) => answers.push(answer));
    const [ack, , error] = told;
    expect(answers[0]).toEqual({ ok: true, ...ack });
    expect(answers[1]).toMatchObject({ ok: false, error: { code: "UNKNOWN_SPORT" } });
    expect(error).toMatchObject({ type: "error", code: "UNKNOWN_SPORT", sport: "nowhere" });
  });

  it("holds a sport once, however often it is subscribed to", () => {
    const session = begin();
    for (let i = 0; i < 3; i++) session.receive(subscribe("known"));
    expect(feed.held).toEqual(["known"]);
    session.receive({ type: "unsubscribe", sport: "known" });
    expect(feed.held).toEqual([]);
    expect(types().at(-1)).toBe("unsubscription_ack");
  });

  it("answers an unsubscription from what was never subscribed to", () => {
    begin().receive({ type: "unsubscribe", sport: "known" });
    expect(types()).toEqual(["unsubscription_ack"]);
  });

  it("holds nothing of a sport that is refused", () => {
    begin().receive(subscribe("nowhere"));
    expect(feed.held).toEqual([]);
  });

  it("holds MAX_SUBSCRIPTIONS sports at most; one given up makes room for another", () => {
    const session = begin({ MAX_SUBSCRIPTIONS: 2 });
    for (const sport of ["known", "fresh", "fresh_2", "known"]) session.receive(subscribe(sport));
    expect(told.filter(({ type }) => type === "error")).toMatchObject([
      { code: "TOO_MANY_SUBSCRIPTIONS", sport: "fresh_2" },
    ]);
    session.receive({ type: "unsubscribe", sport: "known" });
    session.receive(subscribe("fresh_2"));
    expect(feed.held).toEqual(["fresh", "fresh_2"]);
  });

  it("lets go of everything when it ends, once, and is deaf from then on", () => {
    const session = begin();
    for (const sport of ["known", "fresh"]) session.receive(subscribe(sport));
    session.end();
    session.end();
    const before = told.length;
    session.receive(subscribe("known"));
    expect(feed.held).toEqual([]);
    expect(told).toHaveLength(before);
  });

  it("refuses what comes faster than MAX_MESSAGES_PER_SECOND, until the second is over", () => {
    const clock = vi.spyOn(performance, "now").mockReturnValue(10_000);
    const session = begin({ MAX_MESSAGES_PER_SECOND: 2 });
    for (let i = 0; i < 4; i++) hear(session, { type: "ping" });
    expect(types()).toEqual(["pong", "pong", "error", "error"]);
    expect(told[2]).toMatchObject({ code: "RATE_LIMITED" });
    clock.mockReturnValue(11_000);
    hear(session, { type: "ping" });
    expect(types().at(-1)).toBe("pong");
    clock.mockRestore();
  });

  it("cuts off a client that is ten times too fast, once, and lets go of what it held", () => {
    const session = begin({ MAX_MESSAGES_PER_SECOND: 2 });
    session.receive(subscribe("known"));
    for (let i = 0; i < 100; i++) hear(session, { type: "ping" });
    expect(refused).toBe(1);
    expect(feed.held).toEqual([]);
    expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    expect(types().filter((type) => type === "error")).toHaveLength(19);
  });

  it("does not tell a stranger of a fault of ours, but the log", () => {
    feed.want = () => {
      throw new Error("a secret of the house");
    };
    const session = begin();
    session.receive(subscribe("fresh"));
    expect(told).toMatchObject([{ type: "error", code: "INTERNAL", sport: "fresh" }]);
    expect(JSON.stringify(told)).not.toContain("secret");
    expect(log.lines).toMatchObject([{ level: "error" }]);
  });

  it("is in no channel behind a fault of ours that kept it from wanting the sport", () => {
    feed.want = () => {
      throw new Error("a fault");
    };
    begin().receive(subscribe("known"));
    expect(types()).toEqual(["error"]);
    expect(counts.subscriptions).toEqual({ full: 0, delta: 0 });
  });
});

describe("a fault in telling a client something", () => {
  const broken = () => {
    throw new TypeError("There is no such socket.");
  };
  const faults = () => log.lines.filter(({ level }) => level === "error");

  it("does not reach whoever brought its message", () => {
    const session = begin({}, { write: broken });
    session.receive({ type: "ping" }, broken);
    session.receive("nonsense", broken);
    session.receive(subscribe("known"), broken);
    expect(feed.held).toEqual(["known"]);
    session.end();
    expect(feed.held).toEqual([]);
    expect(faults().map(({ fields }) => fields.error)).toContain("There is no such socket.");
  });

  it("leaves no rejection behind a token, and the client is cut off all the same", async () => {
    const refusing = async () => {
      throw new AppError("UNAUTHORIZED", "No.");
    };
    const refuse = () => {
      refused += 1;
      broken();
    };
    const session = begin({}, { write: broken, refuse }, refusing);
    session.receive({ type: "auth", token: "one" }, broken);
    session.receive({ type: "ping" });
    await expect.poll(() => refused).toBe(1);
    expect(faults()).not.toEqual([]);
  });

  it("does not leave a timer, either", async () => {
    const refuse = () => {
      refused += 1;
      broken();
    };
    begin({}, { write: broken, refuse }, () => new Promise(() => {})).awaitToken(1);
    await expect.poll(() => refused).toBe(1);
    expect(faults()).not.toEqual([]);
  });
});
