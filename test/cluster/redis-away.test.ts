import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, leaderOf, type Mate, startMate } from "../helpers/fleet.js";
import { Follower, Ledger } from "../helpers/follower.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";
import { startTcpProxy } from "../helpers/tcp-proxy.js";

const SPORT = "basketball_nba";
const TICK_MS = 1000;
/** From the last answer on, a process believes in its lease this long, in ms; and a read may be under way. */
const LEASE_MS = 2500 + 500;
/** How long Redis is away, in ms; `CLUSTER_AWAY_MS=120000` for the long run. */
const AWAY_MS = Number(process.env.CLUSTER_AWAY_MS ?? 6000);

async function fakeApi() {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) => fake.close());
  makeLively(api);
  return api;
}

function follow(mates: readonly Mate[], ledger: Ledger): Follower[] {
  return mates.flatMap((mate, at) =>
    (["full", "delta"] as const).flatMap((updates) =>
      (["plain", "Socket.IO"] as const).map(
        (door) => new Follower(`${updates} at ${door} ${at}`, () => [mate], SPORT, updates, door, ledger, 0),
      ),
    ),
  );
}

const all = (followers: readonly Follower[], holds: (latest: NonNullable<Follower["latest"]>) => boolean) =>
  eventually(() => followers.every(({ latest }) => latest && holds(latest)) || undefined, 20_000);

const readiness = async ({ url }: Mate) => {
  const response = await fetch(`${url}/ready`);
  return [response.status, await response.json()];
};

const residentKb = async ({ process: { child } }: Mate) => {
  const { readFile } = await import("node:fs/promises");
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, "utf8"))?.[1]);
};

describeWithRedis("Without Redis", () => {
  it("boards go on as stale, nobody reads, and all is live again two ticks after it is back", {
    timeout: 240_000,
  }, async () => {
    const api = await fakeApi();
    const redis = await startRedis();
    const mates = await Promise.all([1, 2].map(() => startMate(api, redis.url)));
    const ledger = new Ledger();
    const followers = follow(mates, ledger);
    await all(followers, ({ version }) => version > 2);
    const [epoch] = followers.map(({ latest }) => latest?.epoch);

    await redis.kill();
    const killedAt = performance.now();
    await all(followers, ({ status, reason }) => status === "stale" && reason === "CLUSTER_UNAVAILABLE");
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS - (performance.now() - killedAt)));
    const reads = api.reads.length;
    const told = followers.map(({ seen }) => seen.length);
    const before = await Promise.all(mates.map(residentKb));
    const waited = performance.now();
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    const ticks = (performance.now() - waited) / TICK_MS;
    expect(api.reads.length).toBe(reads);
    for (const [i, { seen, cuts, name }] of followers.entries()) {
      expect(Math.abs(seen.length - (told[i] ?? 0) - ticks), name).toBeLessThan(2);
      expect(cuts, name).toBe(0);
    }
    for (const mate of mates) {
      expect(await readiness(mate)).toEqual([200, { status: "ready", degraded: ["CLUSTER_UNAVAILABLE"] }]);
      const refused = await fetch(`${mate.url}/api/cluster`);
      expect([refused.status, refused.headers.has("retry-after")]).toEqual([503, true]);
      const board = await fetch(`${mate.url}/api/odds/live?sport=${SPORT}`);
      expect(await board.json()).toMatchObject({ status: "stale", reason: "CLUSTER_UNAVAILABLE" });
    }
    const after = await Promise.all(mates.map(residentKb));
    process.stdout.write(
      `resident, in KB, as Redis went away: ${before.join(", ")}; ${AWAY_MS} ms later: ${after.join(", ")}\n`,
    );

    await redis.start();
    const backAt = performance.now();
    await all(followers, ({ status }) => status === "live");
    process.stdout.write(
      `live again after ${Math.round(performance.now() - backAt)} ms, ticks of ${TICK_MS} ms\n`,
    );
    expect(performance.now() - backAt).toBeLessThan(2 * TICK_MS + 500);
    // It came back empty: versions are counted anew, in another epoch.
    await all(followers, (latest) => latest.epoch !== epoch && latest.version > 2);
    expect(new Set(followers.map(({ latest }) => latest?.epoch)).size).toBe(1);
    for (const mate of mates) expect(await readiness(mate)).toEqual([200, { status: "ready" }]);
    expect(ledger.faults).toEqual([]);
  });

  it("that is flushed, versions begin a new epoch, and every client has a whole board of it", {
    timeout: 60_000,
  }, async () => {
    const api = await fakeApi();
    const redis = await startRedis();
    const mates = await Promise.all([1, 2].map(() => startMate(api, redis.url)));
    const ledger = new Ledger();
    const followers = follow(mates, ledger);
    await all(followers, ({ version }) => version > 3);
    const [epoch] = followers.map(({ latest }) => latest?.epoch);
    await redis.command("FLUSHALL");
    await all(followers, (latest) => latest.epoch !== epoch && latest.version > 1);
    expect(new Set(followers.map(({ latest }) => latest?.epoch)).size).toBe(1);
    expect(followers.every(({ cuts }) => cuts === 0)).toBe(true);
    expect(ledger.faults).toEqual([]);
  });

  it.each(["the leader", "another process"])(
    "for %s alone, that one is stale and never reads, and the others do not notice",
    { timeout: 120_000 },
    async (which) => {
      const api = await fakeApi();
      const redis = await startRedis();
      const wire = await startTcpProxy(redis.port);
      const redisOverWire = `redis://127.0.0.1:${wire.port}`;
      const first = await startMate(api, which === "the leader" ? redisOverWire : redis.url);
      const second = await startMate(api, which === "the leader" ? redis.url : redisOverWire);
      const third = await startMate(api, redis.url);
      const mates = [first, second, third];
      expect(await leaderOf(mates)).toBe(first);
      const apart = which === "the leader" ? first : second;
      const ledger = new Ledger();
      const those = follow([apart], ledger);
      const others = follow(
        mates.filter((mate) => mate !== apart),
        ledger,
      );
      await all([...those, ...others], ({ version }) => version > 2);
      const seenBefore = others.map(({ seen }) => seen.length);

      wire.mode = "drop";
      const droppedAt = performance.now();
      await all(those, ({ reason }) => reason === "CLUSTER_UNAVAILABLE");
      if (which === "the leader") {
        await eventually(async () => ((await leaderOf(mates, apart)) === apart ? undefined : true));
        expect(performance.now() - droppedAt).toBeLessThan(5000);
      }
      const versions = others.map(({ latest }) => latest?.version ?? 0);
      const reads = api.reads.length;
      const began = performance.now();
      await eventually(() => api.reads.length >= reads + 4 || undefined);
      // One process reads, not two: those would take two ticks at most. One that is late with the first takes less than three.
      expect((performance.now() - began) / TICK_MS).toBeGreaterThan(2.2);
      await eventually(
        () => others.every(({ latest }, i) => (latest?.version ?? 0) > (versions[i] ?? 0) + 2) || undefined,
      );
      if (which !== "the leader") {
        for (const [i, { seen, name }] of others.entries()) {
          expect(
            seen.slice(seenBefore[i]).every(({ status }) => status === "live"),
            name,
          ).toBe(true);
        }
      }
      expect(those.every(({ latest }) => latest?.status === "stale")).toBe(true);

      wire.mode = "pass";
      await all(those, ({ status }) => status === "live");
      const [version = 0] = others.map(({ latest }) => latest?.version ?? 0);
      await all([...those, ...others], (latest) => latest.version > version);
      expect(ledger.faults).toEqual([]);
    },
  );
});
