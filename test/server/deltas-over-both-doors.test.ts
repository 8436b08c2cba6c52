import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isEqual } from "../../src/board/equality.js";
import type { Only } from "../../src/board/view-filter.js";
import { applyDelta, type ClientBoard, DeltaGap } from "../../src/client/apply-delta.js";
import type { OddsSource } from "../../src/polling/odds-source.js";
import {
  type OddsDelta,
  type OddsUpdate,
  type Resync,
  type ServerMessage,
  type SubscriptionAck,
  serverMessageSchema,
} from "../../src/protocol/server-messages.js";
import { SourceError } from "../../src/source-error.js";
import { DOORS, socketIoClient, type TestClient, wsClient } from "../helpers/clients.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { propertyRuns } from "../helpers/in-full.js";
import { literalSource, type Was } from "../helpers/literal-source.js";
import { assertManyAtATime } from "../helpers/many-at-a-time.js";
import { walk } from "../helpers/random-boards.js";
import { only, viewOf } from "../helpers/random-views.js";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";

const TICK_MS = 50;
/** Runs in all, and how many of them share the server at a time, each with a sport of its own. */
const RUNS = process.env.VIEW_RUNS ? Number(process.env.VIEW_RUNS) : propertyRuns(300);
const AT_A_TIME = 25;
/** A busy machine may be late for the server's limit on coming in: who is cut off by it comes again, as clients do. */
const TRIES = 5;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A view as the server understands it. */
function understood(lists: Only | undefined): Only | undefined {
  if (!lists) return undefined;
  const sorted = Object.entries(lists).flatMap(([of, words]) => (words ? [[of, [...words].sort()]] : []));
  return Object.fromEntries(sorted) as Only;
}

/**
 * What befalls a client at a message: it is lost, the line is cut, it asks again with its version, without, with a false
 * one, or for another view.
 */
type Chance = {
  readonly what: "take" | "lose" | "cut" | "ask" | "anew" | "bluff" | "turn";
  readonly ticks: number;
};
type Since = { readonly epoch: string; readonly version: number };
type Transport = (server: Running) => Promise<TestClient>;

const chance: fc.Arbitrary<Chance> = fc.record({
  what: fc.constantFrom("take", "take", "lose", "lose", "cut", "cut", "ask", "anew", "bluff", "turn", "turn"),
  ticks: fc.nat(3),
});
const fate = fc.record({ late: fc.nat(3), first: fc.nat(2), chances: fc.array(chance, { maxLength: 5 }) });
const run = fc.record({
  boards: walk(6),
  /** Both clients choose among these, so that some have the same one. */
  views: fc.array(fc.option(only, { nil: undefined, freq: 4 }), { minLength: 1, maxLength: 3 }),
  polling: fc.nat(19).map((n) => n === 0),
  socketIo: fate,
  plain: fate,
});

/** A client as the protocol's page describes it, with bad luck; `problems` is what the server did wrong. */
class Follower {
  readonly problems: string[] = [];
  board: ClientBoard | undefined;
  /** What the board that it holds is of, what its subscription is of, and what it last asked for on this connection. */
  private boardOf: Only | undefined;
  private only: Only | undefined;
  private askedFor: { only: Only | undefined } | undefined;
  private client: TestClient | undefined;
  private readonly asked: { version?: number; resync: Resync | null; only: Only | undefined }[] = [];
  /** What must come next: the whole board, or a delta from a version; then deltas only. */
  private due: "whole" | "delta" | number = "whole";

  constructor(
    private readonly server: Running,
    private readonly sport: string,
    private readonly door: Transport,
    private readonly chances: Chance[],
    private readonly views: readonly (Only | undefined)[],
    private at: number,
    private readonly was: (fetchedAt: number) => Was | undefined,
    private readonly validate: boolean,
  ) {}

  /** The view that it wants. */
  get wanted(): Only | undefined {
    return understood(this.views[this.at % this.views.length]);
  }

  /** Whether nothing more befalls it, and it is answered. */
  get isCalm(): boolean {
    return this.client !== undefined && this.chances.length === 0 && this.asked.length === 0;
  }

  async start(late: number): Promise<void> {
    await pause(late * TICK_MS);
    await this.connect();
  }

  close(): void {
    this.client?.close();
    this.client = undefined;
  }

  private async connect(tries = TRIES): Promise<void> {
    let client: TestClient;
    try {
      client = await this.door(this.server);
    } catch (error) {
      if (tries > 1) await this.connect(tries - 1);
      else this.problems.push(String(error));
      return;
    }
    this.client = client;
    this.askedFor = undefined;
    client.inbox.take = (message) => {
      if (this.client === client) this.hear(message);
    };
    this.ask(this.since());
  }

  private since(): Since | undefined {
    if (!this.board || !isEqual(this.boardOf, this.wanted)) return undefined;
    return { epoch: this.board.epoch, version: this.board.version };
  }

  private ask(since?: Since, resync: Resync | null = since ? null : "NEW"): void {
    const view = this.views[this.at % this.views.length];
    const only = understood(view);
    // A version of another view counts for nothing.
    const isOther = this.askedFor !== undefined && !isEqual(this.askedFor.only, only);
    this.asked.push({ resync: isOther ? "NEW" : resync, only, ...(since ? { version: since.version } : {}) });
    this.askedFor = { only };
    this.client?.say({
      type: "subscribe",
      sport: this.sport,
      updates: "delta",
      ...(since ? { since } : {}),
      ...(view ? { only: view } : {}),
    });
  }

  private hear(message: ServerMessage): void {
    if (this.validate) this.problems.push(...undocumented(message));
    if (message.type === "subscription_ack") this.check(message);
    else if (message.type === "odds_update" || message.type === "odds_delta") this.hearBoard(message);
    else this.problems.push(JSON.stringify(message));
  }

  /** An answer is true to what was asked. */
  private check({ recovered, resync, only }: SubscriptionAck): void {
    const asked = this.asked.shift();
    if (recovered !== (asked?.resync === null) || (resync ?? null) !== asked?.resync)
      this.problems.push(`asked ${JSON.stringify(asked)}, answered ${recovered} ${resync}`);
    if (!isEqual(only, asked?.only))
      this.problems.push(`asked ${JSON.stringify(asked)}, answered ${JSON.stringify(only)}`);
    this.only = only;
    if (!isEqual(this.boardOf, only)) this.board = undefined;
    this.due = recovered ? (asked?.version ?? "whole") : "whole";
  }

  private hearBoard(message: OddsUpdate | OddsDelta): void {
    const came = message.type === "odds_update" ? "whole" : message.from;
    // Until the answer is there, what comes belongs to the subscription before.
    if (this.due === "delta" ? came === "whole" : came !== this.due)
      this.problems.push(`${this.due} was due, ${came} came`);
    this.due = "delta";
    const { what, ticks } = this.chances.shift() ?? { what: "take", ticks: 0 };
    if (what === "cut") {
      this.close();
      this.asked.length = 0;
      void pause(ticks * TICK_MS * 0.7).then(() => this.connect());
    } else if (what !== "lose") this.take(message);
    if (what === "ask") this.ask(this.since());
    if (what === "anew") this.ask();
    if (what === "turn") {
      const since = this.since();
      this.at += 1 + ticks;
      this.ask(since);
    }
    if (what === "bluff" && this.since() && this.board) {
      const { epoch, version } = this.board;
      if (ticks % 2) this.ask({ epoch: "another", version }, "EPOCH_CHANGED");
      else this.ask({ epoch, version: version + 1000 }, "TOO_OLD");
    }
  }

  private take(message: OddsUpdate | OddsDelta): void {
    if (message.type === "odds_update") {
      const { type: _, ...whole } = message;
      this.board = whole;
      this.boardOf = this.only;
      this.compare();
      return;
    }
    try {
      if (!this.board) throw new DeltaGap();
      this.board = applyDelta(this.board, message);
      this.compare();
    } catch (error) {
      if (!(error instanceof DeltaGap)) throw error;
      if (this.asked.length === 0) this.ask(this.since());
    }
  }

  /** What it holds is its view of the server's board as it was at that reading. */
  private compare(): void {
    if (!this.board) return;
    const { version, fetchedAt, odds } = this.board;
    const was = this.was(fetchedAt);
    const view = JSON.parse(JSON.stringify(viewOf(was?.events ?? [], this.boardOf)));
    if (was?.version !== version || !isEqual(odds, view))
      this.problems.push(
        `holds ${JSON.stringify(this.board)} of ${JSON.stringify(this.boardOf)}: ${JSON.stringify(was)}`,
      );
  }
}

/** What of a message is not in its schema. */
function undocumented(message: ServerMessage): string[] {
  const parsed = serverMessageSchema.safeParse(message);
  if (!parsed.success) return [parsed.error.message];
  return Object.keys(message).filter((name) => !(name in parsed.data));
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`This never came true: ${holds}`);
    await pause(10);
  }
}

describe("A board, or a view of it, kept by deltas over a real door", () => {
  it("always equals the server's, whatever is cut, lost, late, asked again or for another view", {
    // A run takes 25 ms of a quiet machine, and 350 where five others want the same core.
    timeout: 60_000 + 1000 * RUNS,
  }, async () => {
    const { source, plan, isOver, was } = literalSource(50 * RUNS);
    const tick = String(TICK_MS);
    const server = await startApp(
      // Clients are of many addresses, as one may have so many views at most.
      {
        ODDS_POLL_INTERVAL_MS: tick,
        ODDS_CACHE_TTL_MS: "0",
        MAX_MESSAGES_PER_SECOND: "1000",
        TRUST_PROXY: "1",
      },
      { source },
    );
    let sports = 0;

    const check = async ({
      boards,
      views,
      polling,
      socketIo,
      plain,
    }: typeof run extends fc.Arbitrary<infer R> ? R : never) => {
      const key = `run_${sports}`;
      const validate = sports % 20 === 0;
      sports += 1;
      plan(key, boards);
      const transports = [polling ? "polling" : "websocket"];
      const headers = { "X-Forwarded-For": `10.0.${sports >> 8}.${sports % 256}` };
      const followers = [
        { door: (it: Running) => socketIoClient(it, { transports, extraHeaders: headers }), ...socketIo },
        { door: (it: Running) => wsClient(it, { headers }), ...plain },
      ].map(({ door, late, first, chances }) => {
        const at = (fetchedAt: number) => was(key, fetchedAt);
        const follower = new Follower(server, key, door, [...chances], views, first, at, validate);
        return { follower, started: follower.start(late) };
      });
      await Promise.all(followers.map(({ started }) => started));
      const all = (holds: (follower: Follower) => boolean) => {
        for (const { follower } of followers) expect(follower.problems).toEqual([]);
        return followers.every(({ follower }) => holds(follower));
      };
      await until(() => all((follower) => follower.isCalm) && isOver(key));
      const calm = Date.now();
      await until(() => all(({ board }) => (board?.fetchedAt ?? 0) > calm));
      // One of its own: a server reads one message of a connection at a time, and may be busy.
      const watcher = await wsClient(server, { headers });
      watcher.say({ type: "subscribe", sport: key });
      const now = await watcher.inbox.first("odds_update");
      watcher.close();
      for (const { follower } of followers) {
        follower.close();
        expect(follower.problems).toEqual([]);
        const { epoch, version, status, odds } = follower.board ?? expect.fail("there is a board");
        expect({ epoch, version, status, odds }).toStrictEqual({
          epoch: now.epoch,
          version: now.version,
          status: "live",
          odds: viewOf(now.odds, follower.wanted),
        });
      }
    };

    await assertManyAtATime(run, check, {
      runs: RUNS,
      atATime: AT_A_TIME,
      before: async () => {
        server.log.lines.length = 0;
      },
    });
  });

  it.each(DOORS)(
    "tells at the $door door that it grows old, in deltas and in updates alike",
    async ({ connect }) => {
      let failing = false;
      const source: OddsSource = {
        name: "simulated",
        sports: async () => ({ sports: [sport("basketball_nba")] }),
        board: async () => {
          if (failing) throw new SourceError("UPSTREAM_FAILED", "The upstream is away.", "retry");
          return { events: smallBoard(), fetchedAt: Date.now() };
        },
        close: () => {},
      };
      const server = await startApp({ ODDS_POLL_INTERVAL_MS: "50", ODDS_CACHE_TTL_MS: "0" }, { source });
      const [whole, delta] = await Promise.all(
        (["full", "delta"] as const).map(async (updates) => {
          const client = closeAfter(await connect(server), (it) => it.close());
          client.say({ type: "subscribe", sport: "basketball_nba", updates });
          await client.inbox.first("odds_update");
          return client;
        }),
      );
      failing = true;
      const update = await whole?.inbox.first("odds_update", ({ status }) => status === "stale");
      const step = await delta?.inbox.first("odds_delta", ({ status }) => status === "stale");
      expect(step).toMatchObject({ reason: "UPSTREAM_FAILED", changes: {}, fetchedAt: update?.fetchedAt });
      expect(step?.from).toBe(step?.version);
      for (const message of [...(whole?.inbox.messages ?? []), ...(delta?.inbox.messages ?? [])]) {
        expect(undocumented(message)).toEqual([]);
      }
    },
  );
});
