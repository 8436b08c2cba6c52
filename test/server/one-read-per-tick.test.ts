import { describe, expect, it } from "vitest";
import { socketIoClient, type TestClient, wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { inFull } from "../helpers/in-full.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const TICK_MS = 200;
const ticks = { ODDS_POLL_INTERVAL_MS: String(TICK_MS), ODDS_CACHE_TTL_MS: String(TICK_MS) };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function setUp(env = ticks) {
  const api = closeAfter(
    await startFakeOddsApi({
      basketball_nba: smallBoard(),
      icehockey_nhl: smallBoard(2, "icehockey_nhl"),
    }),
    (it) => it.close(),
  );
  return { api, server: await startAppOn(api, env) };
}

async function updates(client: TestClient, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await client.inbox.next("odds_update");
}

describe("The upstream is read once for each wanted sport and tick", () => {
  it.each([1, inFull(200, 50)])("with %d clients", async (count) => {
    const { api, server } = await setUp();
    const clients: TestClient[] = [];
    // A few at a time: who is not in after 10 s is cut off.
    while (clients.length < count) {
      const few = Array.from({ length: Math.min(20, count - clients.length) }, (_, i) =>
        i % 2 ? wsClient(server) : socketIoClient(server),
      );
      clients.push(...(await Promise.all(few)));
    }
    for (const client of clients) client.say({ type: "subscribe", sport: "basketball_nba" });
    const client = clients[0] as TestClient;
    await updates(client, 3);
    const from = api.reads.length;
    const began = performance.now();
    await updates(client, 8);
    // On a busy machine a read may take longer than its tick.
    expect(api.reads.length).toBeGreaterThan(from);
    expect(api.reads.length - from).toBeLessThanOrEqual((performance.now() - began) / TICK_MS + 1);
    expect(new Set(api.reads.map((read) => read.sport))).toEqual(new Set(["basketball_nba"]));
  });

  it("and not at all while nobody wants it, nor after the last one left and the linger has passed", async () => {
    const { api, server } = await setUp();
    await pause(3 * TICK_MS);
    expect(api.reads).toHaveLength(0);
    const client = await socketIoClient(server);
    client.say({ type: "subscribe", sport: "basketball_nba" });
    await updates(client, 3);
    client.close();
    await pause(4 * TICK_MS);
    const after = api.reads.length;
    await pause(4 * TICK_MS);
    expect(api.reads).toHaveLength(after);
    const health = (await (await fetch(`${server.url}/health`)).json()) as { wanted: string[] };
    expect(health.wanted).toEqual([]);
  });

  it("the first subscriber triggers a read at once, and a reload within the linger none", async () => {
    const tickMs = 3000;
    const { api, server } = await setUp({
      ODDS_POLL_INTERVAL_MS: String(tickMs),
      ODDS_CACHE_TTL_MS: String(tickMs),
    });
    const first = await wsClient(server);
    const asked = performance.now();
    first.say({ type: "subscribe", sport: "icehockey_nhl" });
    await first.inbox.first("odds_update");
    expect(performance.now() - asked).toBeLessThan(tickMs / 2);
    expect(api.reads).toHaveLength(1);
    first.close();
    const second = await wsClient(server);
    second.say({ type: "subscribe", sport: "icehockey_nhl" });
    expect((await second.inbox.first("subscription_ack")).version).toBe(1);
  });

  it("ticks keep to their grid", async () => {
    const { server } = await setUp();
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: "basketball_nba" });
    await client.inbox.first("odds_update");
    const at: number[] = [];
    for (let i = 0; i < 15; i += 1) at.push((await client.inbox.next("odds_update")).timestamp);
    const phases = at.map((sent) => ((sent - (at[0] ?? 0) + 1.5 * TICK_MS) % TICK_MS) - TICK_MS / 2);
    const median = (some: number[]) => some.sort((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0;
    // A busy machine may hold up a tick, the first one too, but not the ones after it: the grid stays.
    expect(Math.abs(median(phases.slice(-5)) - median(phases.slice(0, 5)))).toBeLessThan(TICK_MS / 5);
  });
});
