import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, leaderOf, type Mate, startMate } from "../helpers/fleet.js";
import { Follower, Ledger } from "../helpers/follower.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { tooSoon } from "../helpers/read-too-soon.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const TICK_MS = 1000;
/** How often the leader is killed; `CLUSTER_KILLS=10` for the long run. */
const KILLS = Number(process.env.CLUSTER_KILLS ?? 3);
/** How long the paused leader is stopped, in ms; `CLUSTER_PAUSE_MS=20000` for the long run. */
const PAUSE_MS = Number(process.env.CLUSTER_PAUSE_MS ?? 6000);
const LIMIT_MS = 5000;

async function setUp(clients: number) {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) => fake.close());
  makeLively(api);
  const redis = await startRedis();
  const mates = await Promise.all([1, 2, 3, 4].map(() => startMate(api, redis.url)));
  const ledger = new Ledger();
  const followers = Array.from(
    { length: clients },
    (_, i) =>
      new Follower(
        `client ${i}`,
        () => mates,
        SPORT,
        i % 2 === 0 ? "delta" : "full",
        i % 4 < 2 ? "plain" : "Socket.IO",
        ledger,
        i % 4,
      ),
  );
  await eventually(() => followers.every(({ seen }) => seen.length > 2) || undefined);
  return { api, redis, mates, ledger, followers };
}

/** Resolves once all have the same board, with its version. */
function allEqual(followers: readonly Follower[], above: number): Promise<number> {
  return eventually(() => {
    const versions = new Set(followers.map(({ latest }) => latest?.version ?? 0));
    const [version = 0] = versions;
    return versions.size === 1 && version > above ? version : undefined;
  }, 20_000);
}

describeWithRedis("When the leader", () => {
  it("is killed, another reads within 5 s, and no client notices but by the wait", {
    timeout: 240_000,
  }, async () => {
    const { api, redis, mates, ledger, followers } = await setUp(40);
    const takeovers: number[] = [];
    const gaps: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const leader = await leaderOf(mates);
      const before = api.reads.length;
      const lastRead = api.reads.at(-1)?.at ?? 0;
      const killedAt = performance.now();
      leader.process.child.kill("SIGKILL");
      await eventually(() => api.reads.length > before || undefined);
      takeovers.push(performance.now() - killedAt);
      gaps.push((api.reads[before]?.at ?? 0) - lastRead);
      const replacement = await startMate(api, redis.url);
      mates.splice(mates.indexOf(leader), 1, replacement);
    }
    process.stdout.write(`takeovers after kill -9, in ms: ${takeovers.map(Math.round).join(", ")}\n`);
    expect(Math.max(...takeovers)).toBeLessThan(LIMIT_MS);
    // The one in flight when its leader was killed may be read again.
    const times = api.reads.map(({ at }) => at);
    expect(tooSoon(times, TICK_MS).length).toBeLessThanOrEqual(KILLS);
    await allEqual(followers, 0);
    expect(ledger.faults).toEqual([]);
  });

  it("is stopped and wakes, it writes nothing: its lease is another's", { timeout: 120_000 }, async () => {
    const { api, mates, ledger, followers } = await setUp(20);
    const leader = await leaderOf(mates);
    // An answer that is under way when the leader is stopped comes to it when it wakes.
    const stopped = new Promise<void>((resolve) => {
      const lively = api.board;
      api.board = (request, response) => {
        api.board = lively;
        leader.process.child.kill("SIGSTOP");
        resolve();
        return lively?.(request, response);
      };
    });
    await stopped;
    const readsBefore = api.reads.length;
    const stoppedAt = performance.now();
    await eventually(() => api.reads.length > readsBefore || undefined);
    expect(performance.now() - stoppedAt).toBeLessThan(LIMIT_MS);
    const next = await leaderOf(mates, leader);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS - (performance.now() - stoppedAt)));
    leader.process.child.kill("SIGCONT");
    await leader.process.line("came to nothing");
    const version = await allEqual(followers, 0);
    await allEqual(followers, version + 2);
    expect(await leaderOf(mates)).toBe(next as Mate);
    expect(ledger.faults).toEqual([]);
  });
});
