import { connect as connectTcp } from "node:net";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { OddsSource } from "../../src/polling/odds-source.js";
import { RecentErrors } from "../../src/recent-errors.js";
import { builtPage } from "../helpers/built-page.js";
import { rawClient } from "../helpers/clients.js";
import { Contract, Seen } from "../helpers/contract.js";
import { failWith, smallBoard, sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { keep, openEngine, openHistory } from "../helpers/kept-boards.js";
import { startKeyServer } from "../helpers/key-server.js";
import { OBSERVED_DOORS } from "../helpers/observed-clients.js";
import { startProcess, temporaryFolder } from "../helpers/process.js";
import { rawFrame } from "../helpers/raw-frames.js";
import { rawWebSocket } from "../helpers/raw-websocket.js";
import { closeAfter, startApp, startAppOn } from "../helpers/start-app.js";
import { inSeconds, keyPair, SECRET, sign } from "../helpers/tokens.js";

/*
 * Real clients at all doors, through all that may happen to them. What they say and are told is checked against the
 * documents that the server serves; what is not described there is a violation.
 */

const SPORT = "basketball_nba";
const OTHER = "icehockey_nhl";
const HIDDEN = "soccer_epl";
const seen = new Seen();
// Tests run side by side: a violation fails the one that ends next. The same complaint at every tick is one.
afterEach(() => expect([...new Set(seen.violations.splice(0))].slice(0, 5)).toEqual([]));

const SEEN_AT = Date.parse("2026-11-22T20:00:00Z");
const EVENT = smallBoard()[0]?.id ?? "";

/** A history of two readings. */
async function keptBoards() {
  const engine = await openEngine();
  const readings = [1.9, 2].map((price, i) => ({ at: SEEN_AT + i * 5000, events: smallBoard(price) }));
  await keep(engine, SPORT, readings);
  return openHistory(engine, () => SEEN_AT + 86_400_000);
}

/** What there is no answer without, by path. */
const QUERIES: Readonly<Record<string, string>> = {
  "/api/odds/history/events": `?sport=${SPORT}`,
  "/api/odds/history": `?sport=${SPORT}&event=${EVENT}`,
  "/api/odds/history/lines": `?sport=${SPORT}&event=${EVENT}`,
  "/api/odds/at": `?sport=${SPORT}&at=${SEEN_AT}`,
  "/api/odds/history/export": `?sport=${SPORT}`,
};
const asked = (path: string) => path + (QUERIES[path] ?? "");

async function setUp(env: Record<string, string> = {}) {
  const boards = { [SPORT]: smallBoard(), [OTHER]: smallBoard(2, OTHER), [HIDDEN]: smallBoard(3, HIDDEN) };
  const sports = [SPORT, OTHER, HIDDEN].map((key) => sport(key));
  const api = closeAfter(await startFakeOddsApi(boards, sports), (it) => it.close());
  const settings = { ODDS_SPORTS: `${SPORT},${OTHER}`, RATE_LIMIT_MAX: "10000", ...env };
  const errors = new RecentErrors();
  errors.note({ level: "warn", message: "It failed.", code: "UPSTREAM_FAILED", sport: SPORT });
  const parts = { history: await keptBoards(), page: builtPage(), errors };
  const server = await startAppOn(api, settings, parts);
  return { api, server, contract: await Contract.of(server, seen) };
}

const subscribe = (fields: Record<string, unknown> = {}) => ({ type: "subscribe", sport: SPORT, ...fields });

/** How the upstream fails, and what clients are told. */
const UPSTREAM = [
  ["UPSTREAM_FAILED", failWith(500, "down")],
  ["UPSTREAM_RATE_LIMITED", failWith(429, { error_code: "EXCEEDED_FREQ_LIMIT", message: "slower" })],
  ["OUT_OF_USAGE_CREDITS", failWith(401, { error_code: "OUT_OF_USAGE_CREDITS", message: "none left" })],
  ["INVALID_KEY", failWith(401, { error_code: "INVALID_KEY", message: "no" })],
] as const;

const status = async (answer: Promise<{ status: number }>) => (await answer).status;

/** What a server that runs from source has not. */
const OF_THE_BUILD = ["/client.js", "/live-odds-client.tgz"];

describe.concurrent("What is answered over HTTP is what the contract says", () => {
  // First, as it takes 15 s: all others run beside it.
  it("where a request is too slow in coming", async () => {
    const { server, contract } = await setUp();
    const socket = closeAfter(connectTcp(server.port, "127.0.0.1"), (it) => it.destroy());
    socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n");
    let text = "";
    for await (const data of socket) text += data;
    const [head = "", body = ""] = text.split("\r\n\r\n");
    const [line = "", ...lines] = head.split("\r\n");
    const headers = new Headers(lines.map((line) => line.split(": ") as [string, string]));
    contract.answer("/health", Number(line.split(" ")[1]), headers, JSON.parse(body));
    expect(line).toContain("408");
  });

  it("at every path", async () => {
    const { server, contract } = await setUp();
    const client = await OBSERVED_DOORS[1].connect(server, contract);
    client.say(subscribe());
    await client.inbox.first("odds_update");
    const { headers } = await contract.get(`/api/odds/live?sport=${SPORT}`);
    const etag = headers.get("etag") ?? "";
    expect(await status(contract.get("/api/odds/live", { headers: { "If-None-Match": etag } }))).toBe(304);
    const view = await contract.get(`/api/odds/live?events=${EVENT}&bookmakers=fanduel&markets=h2h,totals`);
    expect(view.status).toBe(200);
    for (const path of contract.paths) {
      expect(await status(contract.get(asked(path))), path).toBe(OF_THE_BUILD.includes(path) ? 404 : 200);
    }
    expect(await status(contract.get("/docs?of=asyncapi"))).toBe(200);
  });

  it("of the history, where it is the same, refused or not known", async () => {
    const { contract } = await setUp();
    for (const [path, query] of Object.entries(QUERIES)) {
      const other = (sport: string) => path + query.replace(SPORT, sport);
      expect(await status(contract.get(other(HIDDEN))), path).toBe(403);
      expect(await status(contract.get(other("curling_moon"))), path).toBe(404);
      expect(await status(contract.get(path)), path).toBe(400);
      const etag = (await contract.get(asked(path))).headers.get("etag");
      if (etag === null) continue;
      expect(await status(contract.get(asked(path), { headers: { "If-None-Match": etag } })), path).toBe(304);
    }
    expect(await status(contract.get(`${asked("/api/odds/history/export")}&format=ndjson`))).toBe(200);
    for (const path of [`${asked("/api/odds/history")}x`, `/api/odds/at?sport=${SPORT}&at=1`]) {
      expect(await status(contract.get(path)), path).toBe(404);
    }
    const late = `/api/odds/history?sport=${SPORT}&event=${EVENT}&from=1&limit=1`;
    const { body } = await contract.get(late);
    expect(body).toMatchObject({ coverage: [{ reason: "NOT_KEPT" }, { everyMs: 5000 }] });
  });

  it("where it is what the build leaves for frontends", async () => {
    const port = await startProcess({ PORT: "0", ODDS_SOURCE: "simulated" }).listening();
    const contract = await Contract.of({ url: `http://127.0.0.1:${port}` }, seen);
    for (const path of OF_THE_BUILD) expect(await status(contract.get(path)), path).toBe(200);
  });

  it("where it is refused", async () => {
    const { contract } = await setUp({ RATE_LIMIT_MAX: "7" });
    expect(await status(contract.get("/api/odds/live?sport="))).toBe(400);
    expect(await status(contract.get(`/api/odds/live?sport=${HIDDEN}`))).toBe(403);
    expect(await status(contract.get("/api/odds/live?sport=curling_moon"))).toBe(404);
    expect(await status(contract.get("/nowhere"))).toBe(404);
    expect(await status(contract.get("/api/odds/live?markets="))).toBe(400);
    // As a proxy would ask for a stranger.
    expect(await status(contract.get("/metrics", { headers: { "X-Forwarded-For": "192.0.2.1" } }))).toBe(403);
    expect(await status(contract.get("/health", { headers: { "X-Long": "x".repeat(20_000) } }))).toBe(431);
    while ((await contract.get("/api/odds/sports")).status !== 429);
    for (const path of contract.paths.filter((path) => path.startsWith("/api/"))) {
      expect(await status(contract.get(asked(path))), path).toBe(429);
    }
  });

  it("where it asks for tokens", async () => {
    const { contract } = await setUp({ AUTH_JWT_SECRET: SECRET });
    const as = async (claims: Record<string, unknown>) => ({
      headers: { Authorization: `Bearer ${await sign(claims)}` },
    });
    const [ann, admin, ended] = [
      await as({}),
      await as({ scope: "admin" }),
      await as({ exp: inSeconds(-9) }),
    ];
    for (const path of contract.paths.filter((path) => path.startsWith("/api/"))) {
      const isOperators = path === "/api/cluster" || path === "/api/odds/credits";
      expect(await status(contract.get(asked(path))), path).toBe(401);
      expect(await status(contract.get(asked(path), ended)), path).toBe(401);
      expect(await status(contract.get(asked(path), ann)), path).toBe(isOperators ? 403 : 200);
      expect(await status(contract.get(asked(path), admin)), path).toBe(200);
    }
    const isOpen = (path: string) => !path.startsWith("/api/") && !OF_THE_BUILD.includes(path);
    for (const path of contract.paths.filter(isOpen)) {
      expect(await status(contract.get(path)), path).toBe(200);
    }
    expect(seen.violations).toEqual([]);
  });

  it("where tokens cannot be checked, as their keys were never had", async () => {
    const keys = await startKeyServer((_request, response) => response.writeHead(500).end());
    const { contract } = await setUp({ AUTH_JWKS_URL: keys.url });
    const { sign } = await keyPair("ES256");
    const headers = { Authorization: `Bearer ${await sign()}` };
    for (const path of contract.paths.filter((path) => path.startsWith("/api/"))) {
      expect(await status(contract.get(asked(path), { headers })), path).toBe(503);
    }
    expect(seen.violations).toEqual([]);
  });

  it.each(UPSTREAM)("where there is no board: %s", async (code, behaviour) => {
    const { api, contract } = await setUp();
    api.board = behaviour;
    const { status, body } = await contract.get("/api/odds/live");
    expect({ status, body }).toMatchObject({ status: 503, body: { error: { code } } });
  });

  it("where nothing can be read at all", async () => {
    const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
    api.all = failWith(401, { error_code: "INVALID_KEY", message: "no" });
    const contract = await Contract.of(await startAppOn(api), seen);
    expect(await status(contract.get("/api/odds/sports"))).toBe(503);
    expect(await status(contract.get("/status"))).toBe(503);
    expect(await status(contract.get("/api/odds/credits"))).toBe(200);
    // This one has no build.
    expect(await status(contract.get("/"))).toBe(404);
  });

  it("where the other processes cannot be reached", async () => {
    const nobody = await startFakeOddsApi();
    await nobody.close();
    const server = await startApp({ REDIS_URL: nobody.url.replace("http", "redis") });
    const contract = await Contract.of(server, seen);
    expect(await status(contract.get("/ready"))).toBe(503);
    for (const path of ["/api/cluster", "/api/odds/live"]) {
      const { status, body } = await contract.get(path);
      expect({ status, body }).toMatchObject({
        status: 503,
        body: { error: { code: "CLUSTER_UNAVAILABLE" } },
      });
    }
    expect(await status(contract.get("/health"))).toBe(200);
  });

  it("where a fault of the server's is in the way", async () => {
    const faulty: OddsSource = {
      name: "simulated",
      sports: async () => ({ sports: [sport(SPORT)] }),
      board: () => Promise.reject(new TypeError("a fault")),
      close: () => {},
    };
    const contract = await Contract.of(await startApp({}, { source: faulty }), seen);
    const { status, body } = await contract.get("/api/odds/live");
    expect({ status, body }).toMatchObject({ status: 500, body: { error: { code: "INTERNAL" } } });
  });
});

describe.concurrent.each(OBSERVED_DOORS)(
  "What is said at the $door door is what the contract says",
  ({ door, connect }) => {
    const channel = door === "Socket.IO" ? "socketio" : "websocket";

    it("from the first board to the last, with deltas, cuts and resumptions", async () => {
      const { api, server, contract } = await setUp();
      let client = await connect(server, contract);
      client.say(subscribe({ updates: "delta" }));
      const { epoch, version } = await client.inbox.first("odds_update");
      await client.inbox.next("odds_delta");
      api.boards.set(SPORT, smallBoard(1.5));
      await client.inbox.next("odds_delta", ({ changes }) => changes.events !== undefined);
      client = await client.again();
      client.say(subscribe({ updates: "delta", since: { epoch, version } }));
      expect(await client.inbox.first("subscription_ack")).toMatchObject({ recovered: true });
      await client.inbox.first("odds_delta");
      for (const [since, resync] of [
        [{ epoch: "another", version }, "EPOCH_CHANGED"],
        [{ epoch, version: version - 1 }, "TOO_OLD"],
        [undefined, "NEW"],
      ] as const) {
        client = await client.again();
        client.say(subscribe({ updates: "delta", ...(since ? { since } : {}) }));
        expect(await client.inbox.first("subscription_ack")).toMatchObject({ resync });
        await client.inbox.first("odds_update");
      }
      client.say(subscribe({ updates: "delta", only: { events: [EVENT], bookmakers: ["fanduel"] } }));
      await client.inbox.next("odds_update", ({ odds }) => odds[0]?.bookmakers.length === 1);
      await client.inbox.next("odds_delta");
      client.say(subscribe());
      await client.inbox.next("odds_update");
      api.boards.set(SPORT, []);
      await client.inbox.next("odds_update", ({ odds }) => odds.length === 0);
      client.say({ type: "ping" });
      await client.inbox.next("pong");
      client.say({ type: "unsubscribe", sport: SPORT });
      await client.inbox.next("unsubscription_ack");
      client.say({ type: "unsubscribe", sport: SPORT });
      await client.inbox.next("unsubscription_ack");
    });

    it("in a replay, in a gap of it and at its end", async () => {
      const at = Date.parse("2026-11-22T18:00:00Z");
      const HISTORY_PATH = path.join(temporaryFolder(), "history.db");
      const engine = await openEngine(HISTORY_PATH);
      await keep(engine, SPORT, [
        { at, events: smallBoard() },
        { at: at + 90_000, events: smallBoard(1.5) },
        { at: at + 95_000, events: smallBoard(2) },
      ]);
      await engine.close();
      const server = await startApp({ ODDS_SOURCE: "replay", REPLAY_SPEED: "50", HISTORY_PATH });
      const contract = await Contract.of(server, seen);
      const client = await connect(server, contract);
      client.say(subscribe({ updates: "delta" }));
      expect(await client.inbox.first("odds_update")).toMatchObject({
        source: "replay",
        replayedAt: expect.any(Number),
      });
      const last = await client.inbox.first("odds_delta", ({ reason }) => reason === "REPLAY_ENDED");
      expect(last.replayedAt).toBeGreaterThanOrEqual(at + 95_000);
      expect(await status(contract.get(`/api/odds/live?sport=${SPORT}`))).toBe(200);
      for (const path of ["/api/odds/sports", "/api/odds/credits", "/health"]) {
        expect(await status(contract.get(path)), path).toBe(200);
      }
      // Nothing is live any more.
      expect(await contract.get("/status")).toMatchObject({
        status: 503,
        body: { reasons: ["REPLAY_ENDED"], advice: { REPLAY_ENDED: expect.stringContaining("REPLAY_LOOP") } },
      });
    });

    it("where it is refused", async () => {
      const { server, contract } = await setUp({ MAX_SUBSCRIPTIONS: "1", MAX_MESSAGES_PER_SECOND: "20" });
      const client = await connect(server, contract);
      const refusal = () => client.inbox.next("error").then(({ code }) => code);
      for (const [message, code] of [
        [subscribe({ sport: "curling_moon" }), "UNKNOWN_SPORT"],
        [subscribe({ sport: HIDDEN }), "SPORT_NOT_ALLOWED"],
      ] as const) {
        const told = refusal();
        client.say(message);
        expect(await told).toBe(code);
      }
      for (const wrong of [
        subscribe({ sport: 1 }),
        subscribe({ sport: "" }),
        subscribe({ sport: "x".repeat(101) }),
        subscribe({ updates: "some" }),
        subscribe({ since: 4 }),
        subscribe({ only: {} }),
        subscribe({ only: { events: [] } }),
        subscribe({ only: { event: [EVENT] } }),
        { type: "unsubscribe" },
        { type: "publish", sport: SPORT },
      ]) {
        const told = refusal();
        client.sayWrong(wrong);
        expect(await told).toBe("INVALID_MESSAGE");
      }
      client.say(subscribe());
      await client.inbox.first("subscription_ack");
      const full = refusal();
      client.say(subscribe({ sport: OTHER }));
      expect(await full).toBe("TOO_MANY_SUBSCRIPTIONS");
      // Enough that a second which ends among them is no way out.
      const fast = client.inbox.next("error", ({ code }) => code === "RATE_LIMITED");
      for (let i = 0; i < 60; i += 1) client.say({ type: "ping" });
      await fast;
      for (let i = 0; i < 1000; i += 1) client.say({ type: "ping" });
      await client.gone;
    });

    it.each(UPSTREAM)("while the upstream fails: %s", async (code, behaviour) => {
      const { api, server, contract } = await setUp();
      const client = await connect(server, contract);
      client.say(subscribe({ updates: "delta" }));
      await client.inbox.first("odds_update");
      api.board = behaviour;
      await client.inbox.first("error", (error) => error.code === code);
      expect(await client.inbox.next("odds_delta")).toMatchObject({ reason: code });
      client.say(subscribe({ sport: OTHER }));
      await client.inbox.first("error", (error) => error.sport === OTHER);
    });

    it("when the server goes down", async () => {
      const { server, contract } = await setUp();
      const client = await connect(server, contract);
      client.say(subscribe());
      await client.inbox.first("odds_update");
      const stopped = server.stop();
      await client.gone;
      await stopped;
      expect(client.inbox.all("error").map(({ code }) => code)).toEqual(["SHUTTING_DOWN"]);
      expect(client.inbox.all("reconnect")).toHaveLength(1);
    });

    it("where it asks for tokens, from the first to the end of the last", async () => {
      const { server, contract } = await setUp({ AUTH_JWT_SECRET: SECRET });
      const client = await connect(server, contract, await sign({ sub: "ann" }));
      expect(await client.inbox.first("auth_ack")).toMatchObject({ sub: "ann" });
      client.say(subscribe());
      await client.inbox.first("odds_update");
      const refused = client.inbox.next("error");
      client.say({ type: "auth", token: await sign({ sub: "bob" }) });
      expect(await refused).toMatchObject({ code: "UNAUTHORIZED" });
      client.sayWrong({ type: "auth" });
      const renewed = client.inbox.next("auth_ack");
      client.say({ type: "auth", token: await sign({ sub: "ann", exp: inSeconds(2) }) });
      await renewed;
      await client.inbox.first("error", ({ code }) => code === "TOKEN_EXPIRED");
      await client.gone;
      expect(seen.violations).toEqual([]);
    });

    it("where it asks for tokens, and none comes", async () => {
      const { server, contract } = await setUp({ AUTH_JWT_SECRET: SECRET });
      if (channel === "socketio") {
        await expect(connect(server, contract)).rejects.toMatchObject({ data: { code: "UNAUTHORIZED" } });
      } else {
        const client = await connect(server, contract);
        client.say({ type: "ping" });
        expect(await client.gone).toBe("3000");
      }
      expect(seen.violations).toEqual([]);
    });

    it("where the connection itself is refused", async () => {
      const { server, contract } = await setUp({ MAX_CONNECTIONS_PER_IP: "1" });
      const refused = async (headers: Record<string, string>, path: string) => {
        const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
        const [status, body] = await new Promise<[number | undefined, string]>((resolve, reject) => {
          socket.once("unexpected-response", (_request, response) => {
            let text = "";
            response.on("data", (data) => (text += data));
            response.on("end", () => resolve([response.statusCode, text]));
          });
          socket.once("open", () => reject(new Error("It was let in")));
        });
        contract.message(channel, "send", "refusal", JSON.parse(body));
        return status;
      };
      const path = channel === "socketio" ? "/socket.io/?EIO=4&transport=websocket" : "/odds";
      expect(await refused({ Origin: "https://evil.example" }, path)).toBe(403);
      const client = await connect(server, contract);
      expect(await refused({}, path)).toBe(429);
      client.close();
      expect(
        await refused({}, channel === "socketio" ? "/socket.io/?EIO=3&transport=websocket" : "/elsewhere"),
      ).toBe(channel === "socketio" ? 400 : 404);
    });
  },
);

describe("At one of the doors", () => {
  it("a message that is too large ends a plain WebSocket as described", async () => {
    const { server, contract } = await setUp();
    const client = await OBSERVED_DOORS[1].connect(server, contract);
    client.sayWrong({ type: "x".repeat(20_000) });
    expect(await client.gone).toBe("1009");
  });

  it("who never reads its answers is closed as described", async () => {
    const { server, contract } = await setUp({ MAX_MESSAGES_PER_SECOND: "100000" });
    const { raw, textOf } = await rawClient(server, "plain WebSocket");
    raw.socket.pause();
    const unknown = rawFrame(textOf(subscribe({ sport: "x".repeat(90) })));
    const frames = Buffer.concat(Array.from({ length: 500 }, () => unknown));
    const isCut = () => server.log.lines.some(({ message }) => message.startsWith("A client is cut off"));
    while (!isCut()) {
      raw.write(frames);
      await new Promise((resolve) => setImmediate(resolve));
    }
    raw.socket.resume();
    contract.close(await raw.closed);
    expect(seen.codes).toContain("close 1013");
  });

  it("a second entry into the namespace gets the connect_error that is described", async () => {
    const { server, contract } = await setUp();
    const raw = await rawWebSocket(server, "/socket.io/?EIO=4&transport=websocket");
    const refused = raw.next(({ text }) => text.startsWith("44/odds,"));
    raw.write(rawFrame("40/odds,"), rawFrame("40/odds,"));
    const { text } = await refused;
    contract.message("socketio", "send", "connect_error", JSON.parse(text.slice("44/odds,".length)));
  });
});

describe("The check itself", () => {
  it("finds a field that is missing, one of another name, a message and an answer that are not described", async () => {
    const { server } = await setUp();
    const wrong = new Seen();
    const contract = await Contract.of(server, wrong);
    const pong = { type: "pong", timestamp: 1 };
    expect(contract.message("websocket", "send", "pong", pong)).toBe(true);
    expect(contract.message("websocket", "send", "pong", { type: "pong" })).toBe(false);
    expect(contract.message("websocket", "send", "pong", { ...pong, at: 1 })).toBe(false);
    expect(contract.message("websocket", "send", "tick", { ...pong, type: "tick" })).toBe(false);
    // It is the server's to say, not a client's.
    expect(contract.message("websocket", "receive", "pong", pong)).toBe(false);
    contract.close(1011);
    contract.answer("/ready", 200, new Headers({ "content-type": "application/json" }), { status: "asleep" });
    contract.answer("/ready", 418, new Headers(), "");
    contract.answer("/api/odds/live", 304, new Headers(), "");
    expect(wrong.violations).toHaveLength(8);
  });
});

it("All that is described has been seen", () => {
  expect([...seen.unseen("messages"), ...seen.unseen("answers"), ...seen.unseen("codes")]).toEqual([]);
});

afterAll(() => {
  process.stdout.write(`Of the contracts were ${seen.summary()}\n`);
});
