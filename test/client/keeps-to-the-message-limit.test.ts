import { createServer, connect as dial, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { connectOdds, type OddsConnection, type OddsError, type OddsSocket } from "../../src/client/index.js";
import { eventually } from "../helpers/eventually.js";
import { smallBoard, sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { startFakeOddsServer } from "../helpers/fake-odds-server.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORTS = Array.from({ length: 50 }, (_, i) => `sport_${i}`);
const QUICK = { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 50 };

/** The documented server, with fifty sports. */
async function setUp(env: Record<string, string> = {}) {
  const boards = Object.fromEntries(SPORTS.map((key) => [key, smallBoard(1.9, key)]));
  const api = closeAfter(
    await startFakeOddsApi(
      boards,
      SPORTS.map((key) => sport(key)),
    ),
    (it) => it.close(),
  );
  // The upstream takes 30 reads a second.
  const calm = { ODDS_POLL_INTERVAL_MS: "5000", ODDS_CACHE_TTL_MS: "5000" };
  return startAppOn(api, { ...calm, ...env });
}

/** A connection, with all errors that the server sent on it and all that it reported. */
function connect(url: string, options = {}) {
  const odds: OddsConnection = closeAfter(connectOdds(url, { ...QUICK, ...options }), (it) => it.close());
  const { socket } = odds as unknown as { socket: OddsSocket };
  const sent: string[] = [];
  socket.on("error", ({ code }) => void sent.push(code));
  const reported: OddsError[] = [];
  odds.onError((error) => void reported.push(error));
  return { odds, socket, sent, reported };
}

/** Subscribes to all; resolves when each is there and fresh, with the time that took (ms). */
function all(odds: OddsConnection, sports: readonly string[]): Promise<number> {
  const from = performance.now();
  const missing = new Set(sports);
  return new Promise((resolve) => {
    for (const key of sports) {
      odds.subscribe(key, ({ board, stale }) => {
        if (board && !stale) missing.delete(key);
        if (missing.size === 0) resolve(performance.now() - from);
      });
    }
  });
}

/** Resolves when all fifty have been acknowledged from here on, with the time that took (ms). */
function allAcknowledged(socket: OddsSocket): Promise<number> {
  const from = performance.now();
  const missing = new Set(SPORTS);
  return new Promise((resolve) => {
    socket.on("subscription_ack", (ack) => {
      missing.delete(ack.sport);
      if (missing.size === 0) resolve(performance.now() - from);
    });
  });
}

/** The most moments that lie within a second. */
const mostInASecond = (moments: readonly number[]) =>
  Math.max(...moments.map((from) => moments.filter((at) => at >= from && at < from + 1000).length));

/** A wire that holds back what goes over it, for up to `ms`, and lets it go in one go. */
async function bunching(port: number, ms: number): Promise<string> {
  const sockets = new Set<Socket>();
  const pass = (from: Socket, into: Socket) => {
    let held: Buffer[] = [];
    from.on("data", (chunk: Buffer) => {
      held.push(chunk);
      if (held.length > 1) return;
      setTimeout(() => {
        into.write(Buffer.concat(held));
        held = [];
      }, Math.random() * ms);
    });
    from.on("close", () => into.destroy());
    from.on("error", () => {});
    sockets.add(from);
  };
  const proxy = createServer((near) => {
    const far = dial(port, "127.0.0.1");
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  closeAfter(proxy, () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
}

describe.concurrent("The client library, with more sports than it may send messages in a second", {
  timeout: 60_000,
}, () => {
  it("asks for all fifty within seconds, at a reconnection too, and is told off by nobody", async () => {
    const server = await setUp();
    const { odds, socket, sent, reported } = connect(server.url);
    for (const key of SPORTS) odds.subscribe(key, () => {});
    expect(await allAcknowledged(socket)).toBeLessThan(10_000);
    socket.io.engine.close();
    expect(await allAcknowledged(socket)).toBeLessThan(10_000);
    expect(sent).not.toContain("RATE_LIMITED");
    expect(reported.map(({ code }) => code)).not.toContain("RATE_LIMITED");
  });

  it("learns a low limit, and keeps to it", async () => {
    const server = await setUp({ MAX_MESSAGES_PER_SECOND: "5" });
    const { odds, sent, reported } = connect(server.url);
    await all(odds, SPORTS.slice(0, 12));
    expect(sent).not.toContain("RATE_LIMITED");
    expect(reported.map(({ code }) => code)).not.toContain("RATE_LIMITED");
  });

  it("asks again by itself when the limit was met all the same, and says nothing of it", async () => {
    const server = await setUp({ MAX_MESSAGES_PER_SECOND: "4" });
    const { odds, socket, sent, reported } = connect(server.url, { transports: ["websocket"] });
    const there = all(odds, SPORTS.slice(0, 5));
    // What somebody else says on the connection.
    socket.on("connect", () => {
      for (let i = 0; i < 10; i++) socket.emit("message", { type: "ping" });
    });
    await there;
    expect(sent).toContain("RATE_LIMITED");
    expect(reported.map(({ code }) => code)).not.toContain("RATE_LIMITED");
  });

  it("counts unsubscribing too", async () => {
    const server = await startFakeOddsServer();
    const { odds } = connect(server.url);
    for (let round = 0; round < 3; round++) {
      const stops = SPORTS.map((key) => odds.subscribe(key, () => {}));
      const asked = () => server.said.filter(({ event }) => event === "subscribe").length;
      const before = asked();
      await eventually(() => asked() > before + 10).toBe(true);
      for (const stop of stops) stop();
    }
    const gets = new Set<string>();
    const held = () => {
      gets.clear();
      for (const { event, sport: key } of server.said)
        event === "subscribe" ? gets.add(key) : gets.delete(key);
      return [...gets];
    };
    await eventually(held).toEqual([]);
    expect(mostInASecond(server.arrivals)).toBeLessThanOrEqual(20);
  });

  it.each([
    { limit: 5, sports: 8 },
    { limit: 20, sports: 50 },
    { limit: 100, sports: 150 },
  ])(
    "stays below $limit in any second when the network bunches messages up",
    async ({ limit, sports }) => {
      const server = await startFakeOddsServer(limit);
      const url = await bunching(Number(new URL(server.url).port), 700);
      const { odds } = connect(url, { transports: ["websocket"] });
      await all(
        odds,
        Array.from({ length: sports }, (_, i) => `sport_${i}`),
      );
      expect(mostInASecond(server.arrivals)).toBeLessThanOrEqual(limit);
    },
    60_000,
  );
});
