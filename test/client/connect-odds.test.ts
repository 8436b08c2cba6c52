import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { io } from "socket.io-client";
import { describe, expect, it } from "vitest";
import { connectOdds, type OddsConnection, type OddsError, type SportState } from "../../src/client/index.js";
import { smallBoard, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { closeAfter, type Running, startApp, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

async function setUp() {
  const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
  return { api, server: await startAppOn(api) };
}

const client = (url: string): OddsConnection =>
  closeAfter(connectOdds(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 50 }), (it) =>
    it.close(),
  );

/** Subscribes, and resolves `until` with the first state for which the condition holds. */
function follow(odds: OddsConnection, sport = SPORT) {
  const waiting: { holds(state: SportState): boolean; resolve(state: SportState): void }[] = [];
  const states: SportState[] = [];
  const unsubscribe = odds.subscribe(sport, (state) => {
    states.push(state);
    for (const waiter of waiting.filter((it) => it.holds(state))) waiter.resolve(state);
  });
  const until = (holds: (state: SportState) => boolean) =>
    new Promise<SportState>((resolve) => waiting.push({ holds, resolve }));
  return { states, until, unsubscribe };
}

const firstPrice = (state: SportState) => state.board?.odds[0]?.bookmakers[0]?.markets[0]?.outcomes[0]?.price;

/** A wire between client and server that can be cut, or fall silent. */
async function cable(server: Running) {
  const pairs = new Set<[Socket, Socket]>();
  const dead = new Set<Socket>();
  let silent = false;
  let closed = false;
  const proxy: Server = createServer((near) => {
    if (closed) {
      near.destroy();
      return;
    }
    const far = dial(server.port, "127.0.0.1");
    pairs.add([near, far]);
    const isSilent = () => silent || dead.has(near);
    near.on("data", (chunk) => isSilent() || far.write(chunk));
    far.on("data", (chunk) => isSilent() || near.write(chunk));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("close", () => other.destroy());
      one.on("error", () => {});
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  closeAfter(proxy, () => cut());
  closeAfter(proxy, () => proxy.close());
  const cut = () => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
    pairs.clear();
  };
  const { port } = proxy.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    shut: () => {
      closed = true;
      cut();
    },
    mend: () => {
      closed = false;
    },
    mute: (on: boolean) => {
      silent = on;
    },
    /** The connections there are fall silent for ever; new ones do not. */
    deaden: () => {
      for (const [near] of pairs) dead.add(near);
    },
  };
}

describe("The client library", () => {
  it("keeps a board up to date by deltas and tells its age", async () => {
    const { api, server } = await setUp();
    const followed = follow(client(server.url));
    const first = await followed.until((state) => state.board !== null);
    expect(first).toMatchObject({ sport: SPORT, status: "live", stale: false, error: null });
    expect(first.ageMs()).toBeLessThan(1000);
    api.boards.set(SPORT, smallBoard(2.5));
    expect(firstPrice(await followed.until((state) => firstPrice(state) === 2.5))).toBe(2.5);
  });

  it("resumes after a cut without a whole board, and says stale meanwhile", async () => {
    const { api, server } = await setUp();
    const wire = await cable(server);
    const odds = client(wire.url);
    const followed = follow(odds);
    const before = await followed.until((state) => state.board !== null);
    wire.shut();
    await followed.until((state) => state.stale);
    api.boards.set(SPORT, smallBoard(2.7));
    wire.mend();
    const after = await followed.until((state) => firstPrice(state) === 2.7 && !state.stale);
    expect(after.board?.epoch).toBe(before.board?.epoch);
    expect(server.log.lines.filter((line) => line.message === `Subscribed to ${SPORT}`).length).toBe(2);
  });

  it("goes on with a restarted server, whose epoch is another", async () => {
    const { api, server } = await setUp();
    const odds = client(server.url);
    const followed = follow(odds);
    const before = await followed.until((state) => state.board !== null);
    await server.stop();
    const env = { THE_ODDS_API_KEY: TEST_KEY, ODDS_API_BASE_URL: api.url, PORT: String(server.port) };
    await startApp(env);
    const after = await followed.until((state) => state.board?.epoch !== before.board?.epoch && !state.stale);
    expect(firstPrice(after)).toBe(firstPrice(before));
  });

  it("notices a server that has fallen silent and makes a new connection", async () => {
    const { server } = await setUp();
    const wire = await cable(server);
    const followed = follow(client(wire.url));
    await followed.until((state) => state.board !== null);
    wire.mute(true);
    await followed.until((state) => state.stale);
    wire.mute(false);
    await followed.until((state) => !state.stale);
  });

  it("makes a new connection also where the page had one to the same server before", async () => {
    const { server } = await setUp();
    const wire = await cable(server);
    const other = closeAfter(io(wire.url), (it) => it.disconnect());
    await new Promise<void>((resolve) => other.once("connect", resolve));
    const followed = follow(closeAfter(connectOdds(wire.url), (it) => it.close()));
    await followed.until((state) => state.board !== null);
    wire.deaden();
    await followed.until((state) => state.stale);
    await followed.until((state) => !state.stale);
  }, 40_000);

  it("gives refusals as values with a code", async () => {
    const { server } = await setUp();
    const odds = client(server.url);
    const error = new Promise<OddsError>((resolve) => odds.onError(resolve));
    const { until } = follow(odds, "curling_moon");
    const state = await until((it) => it.error !== null);
    expect(state.error).toMatchObject({ code: "UNKNOWN_SPORT", sport: "curling_moon" });
    expect(await error).toEqual(state.error);
  });

  it("shares one subscription among listeners and ends it with the last", async () => {
    const { server } = await setUp();
    const odds = client(server.url);
    const [one, two] = [follow(odds), follow(odds)];
    await Promise.all([one, two].map(({ until }) => until((state) => state.board !== null)));
    one.unsubscribe();
    await two.until(() => true);
    two.unsubscribe();
    const gone = () => server.log.lines.some((line) => line.message === `Unsubscribed from ${SPORT}`);
    await expect.poll(gone).toBe(true);
    expect(server.log.lines.filter((line) => line.message === `Subscribed to ${SPORT}`).length).toBe(1);
  });
});
