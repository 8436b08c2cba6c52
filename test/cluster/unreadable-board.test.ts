import { expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually } from "../helpers/fleet.js";
import { livelyBoard } from "../helpers/lively-boards.js";
import { describeWithRedis, startRedis, type TestRedis } from "../helpers/redis.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const [BROKEN, WHOLE] = ["basketball_nba", "icehockey_nhl"] as const;

async function setUp() {
  const boards = Object.fromEntries([BROKEN, WHOLE].map((sport) => [sport, livelyBoard(sport, 0)]));
  const api = closeAfter(await startFakeOddsApi(boards), (fake) => fake.close());
  const redis = await startRedis();
  // Ticks so long that nothing is read by itself.
  const env = { REDIS_URL: redis.url, ODDS_POLL_INTERVAL_MS: "600000" };
  const first = await startAppOn(api, env);
  for (const sport of [BROKEN, WHOLE]) await boardAt(first, sport);
  return { api, redis, env, first };
}

async function boardAt({ url }: Running, sport: string) {
  const response = await fetch(`${url}/api/odds/live?sport=${sport}`);
  return { ...((await response.json()) as { version: number; odds: unknown[] }), status: response.status };
}

async function spoil(redis: TestRedis): Promise<void> {
  const [boards] = (await redis.command("KEYS", "live-odds:*:boards")) as string[];
  expect(boards).toBeDefined();
  await redis.command("HSET", boards ?? "", BROKEN, "aaaaaaaaaaaax\u009crubbish");
}

const complaints = ({ log }: Running) =>
  log.lines.filter(({ level, message }) => level === "error" && message.includes(BROKEN));

describeWithRedis("A board in Redis that cannot be read", () => {
  it("is said so once, stops nobody, and is written anew by the process that has it", {
    timeout: 120_000,
  }, async () => {
    const { api, redis, env, first } = await setUp();
    const reads = api.reads.length;
    await spoil(redis);
    const second = await startAppOn(api, env);
    expect((await fetch(`${second.url}/ready`)).status).toBe(200);
    expect(await boardAt(second, WHOLE)).toMatchObject({ status: 200, version: 1 });
    await eventually(async () => (await boardAt(second, BROKEN)).status === 200 || undefined);
    expect(await boardAt(second, BROKEN)).toMatchObject({ version: 1 });
    expect(api.reads.length).toBe(reads);
    expect(complaints(second)).toHaveLength(1);
    expect(second.log.lines.some(({ message }) => message.includes("REDIS_URL"))).toBe(false);
    // For good: another one finds nothing amiss.
    const third = await startAppOn(api, env);
    expect(await boardAt(third, BROKEN)).toMatchObject({ status: 200, version: 1 });
    expect(complaints(third)).toEqual([]);
    expect(first.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("is read anew where no process has it, under a version that nobody saw with another content", {
    timeout: 120_000,
  }, async () => {
    const { api, redis, env, first } = await setUp();
    await first.stop();
    await spoil(redis);
    const second = await startAppOn(api, env);
    const client = await wsClient(second);
    client.say({ type: "subscribe", sport: BROKEN });
    expect(await client.inbox.first("odds_update")).toMatchObject({ version: 2, status: "live" });
    expect(await boardAt(second, WHOLE)).toMatchObject({ status: 200, version: 1 });
    expect(complaints(second)).toHaveLength(1);
  });
});
