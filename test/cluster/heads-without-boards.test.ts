import { expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually } from "../helpers/fleet.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { describeWithRedis, startRedis, type TestRedis } from "../helpers/redis.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

async function setUp() {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) => fake.close());
  const redis = await startRedis();
  // Ticks so long that nothing is read by itself.
  const env = { REDIS_URL: redis.url, ODDS_POLL_INTERVAL_MS: "600000" };
  const first = await startAppOn(api, env);
  expect(await boardAt(first)).toMatchObject({ status: 200, version: 1 });
  return { api, redis, env, first };
}

async function boardAt({ url }: Running) {
  const response = await fetch(`${url}/api/odds/live?sport=${SPORT}`);
  return { ...((await response.json()) as { version: number; epoch: string }), status: response.status };
}

async function evict(redis: TestRedis, name: string): Promise<void> {
  const keys = (await redis.command("KEYS", `live-odds:*:${name}`)) as string[];
  expect(keys.length).toBeGreaterThan(0);
  await redis.command("DEL", ...keys);
}

describeWithRedis("When Redis has lost single keys", () => {
  it.each(["boards", "heads", "epoch", "nodes", "seen", "fence"])(
    "such as the %s, the leader puts back what others need, and nothing is read twice",
    { timeout: 120_000 },
    async (name) => {
      const { api, redis, env, first } = await setUp();
      const { epoch } = await boardAt(first);
      await evict(redis, name);
      const second = await startAppOn(api, env);
      await eventually(async () => (await boardAt(second)).status === 200 || undefined, 5000);
      expect(await boardAt(second)).toMatchObject({ version: 1, epoch });
      expect(api.reads.length).toBe(1);
    },
  );

  it("a board that no process has any more is read and shown", { timeout: 120_000 }, async () => {
    const { api, redis, env, first } = await setUp();
    await first.stop();
    await evict(redis, "boards");
    const second = await startAppOn(api, env);
    expect(await boardAt(second)).toMatchObject({ status: 200, version: 2 });
    const third = await startAppOn(api, env);
    expect(await boardAt(third)).toMatchObject({ status: 200, version: 2 });
  });

  it("and counts leases anew, those who follow are told all the same", { timeout: 120_000 }, async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) =>
      fake.close(),
    );
    makeLively(api);
    const redis = await startRedis();
    const apps = [];
    for (let i = 0; i < 3; i += 1) apps.push(await startAppOn(api, { REDIS_URL: redis.url }));
    const clients = await Promise.all(apps.map((app) => wsClient(app)));
    for (const { say } of clients) say({ type: "subscribe", sport: SPORT });
    const grown = (above: number) =>
      Promise.all(clients.map(({ inbox }) => inbox.next("odds_update", ({ version }) => version > above)));
    const [fence = ""] = (await redis.command("KEYS", "live-odds:*:fence")) as string[];
    // Who reads next has a high number; all hear of it. Whoever reads after that has a low one.
    for (const count of ["100", "0"]) {
      const [update] = await grown(0);
      await redis.command("SET", fence, count);
      await evict(redis, "lease");
      await grown((update?.version ?? 0) + 20);
      expect(await redis.command("GET", fence)).toBe(String(Number(count) + 1));
    }
    const epochs = clients.flatMap(({ inbox }) => inbox.all("odds_update").map(({ epoch }) => epoch));
    expect(new Set(epochs).size).toBe(1);
  });
});
