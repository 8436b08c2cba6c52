import { randomBytes } from "node:crypto";
import { createClient } from "redis";
import { expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { type FakeOddsApi, smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, leaderOf, startMate } from "../helpers/fleet.js";
import { Follower, Ledger } from "../helpers/follower.js";
import { describeWithRedis, startRedis, type TestRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORTS = ["basketball_nba", "icehockey_nhl"];
/** How long all is evicted again and again, in ms; `CLUSTER_EVICT_MS=300000` for the long run. */
const EVICT_MS = Number(process.env.CLUSTER_EVICT_MS ?? 12_000);
/** A client is without a new version for no longer than this, in ms: a lease that is lost, an epoch begun anew, a busy machine. */
const LONGEST_MS = 8000;
/** What Redis has beyond what it uses as that begins, in bytes. */
const ROOM = 200 * 1024;
const FILLER = { bytes: 4096, everyMs: 10 };

/** A board that hardly gets smaller by deflating: some 40 KB in Redis, and another one with each read. */
function bulky(sport: string): OddsEvent[] {
  return Array.from({ length: 20 }, (_, game) => {
    const [event] = smallBoard(1.5 + Math.random(), sport);
    if (!event) throw new Error("No game on the small board.");
    return { ...event, id: `${sport}-${game}`, home_team: randomBytes(1500).toString("base64") };
  });
}

function makeBulky(api: FakeOddsApi): void {
  api.board = (request) => {
    const sport = /\/sports\/([^/]+)\/odds/.exec(request.url ?? "")?.[1] ?? "";
    api.boards.set(sport, bulky(sport));
    return false;
  };
}

/** Writes keys that nobody reads, until it is stopped. */
function fill(url: string): { stop(): Promise<void> } {
  const client = createClient({ url });
  client.on("error", () => {});
  let stopped = false;
  const done = (async () => {
    await client.connect();
    for (let i = 0; !stopped; i += 1) {
      await client.set(`filler:${i}`, randomBytes(FILLER.bytes)).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, FILLER.everyMs));
    }
    client.destroy();
  })();
  return closeAfter(
    {
      stop: () => {
        stopped = true;
        return done;
      },
    },
    (filling) => filling.stop(),
  );
}

/** A number that Redis tells of itself. */
async function told(redis: TestRedis, section: string, name: string): Promise<number> {
  const text = String(await redis.command("INFO", section));
  return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(text)?.[1]);
}

describeWithRedis("A Redis that evicts all the time", () => {
  it("holds nobody up: every client has new boards, and no version has two contents", {
    timeout: 120_000 + 3 * EVICT_MS,
  }, async () => {
    const boards = Object.fromEntries(SPORTS.map((sport) => [sport, bulky(sport)]));
    const api = closeAfter(await startFakeOddsApi(boards), (fake) => fake.close());
    makeBulky(api);
    const redis = await startRedis(["--maxmemory-policy", "allkeys-lru"]);
    const mates = await Promise.all([1, 2, 3].map(() => startMate(api, redis.url)));
    const ledger = new Ledger();
    const followers = Array.from(
      { length: 12 },
      (_, i) =>
        new Follower(
          `client ${i}`,
          () => mates,
          SPORTS[i % 2] ?? "",
          i % 4 < 2 ? "delta" : "full",
          i % 3 === 0 ? "Socket.IO" : "plain",
          ledger,
          i,
        ),
    );
    await eventually(() => followers.every(({ seen }) => seen.length > 2) || undefined);
    // A little room, and somebody else who fills it: whatever is not used within a second or so is driven out.
    await redis.command(
      "CONFIG",
      "SET",
      "maxmemory",
      String((await told(redis, "memory", "used_memory")) + ROOM),
    );
    const filling = fill(redis.url);
    const before = await told(redis, "stats", "evicted_keys");
    const began = performance.now();
    const counts = followers.map(({ seen }) => seen.length);
    await new Promise((resolve) => setTimeout(resolve, EVICT_MS / 2));
    // One that is killed meanwhile, and one that comes.
    const leader = await leaderOf(mates).catch(() => mates[0]);
    leader?.process.child.kill("SIGKILL");
    const young = await startMate(api, redis.url);
    mates.splice(mates.indexOf(leader as (typeof mates)[0]), 1, young);
    await new Promise((resolve) => setTimeout(resolve, EVICT_MS / 2));
    const keys = (await told(redis, "stats", "evicted_keys")) - before;
    process.stdout.write(`${keys} keys were evicted in ${Math.round(performance.now() - began)} ms\n`);
    expect(keys).toBeGreaterThan(EVICT_MS / 1000);
    for (const [i, { seen, name }] of followers.entries()) {
      const moves = seen
        .slice((counts[i] ?? 1) - 1)
        .filter(
          ({ version, epoch }, j, all) => version !== all[j - 1]?.version || epoch !== all[j - 1]?.epoch,
        )
        .map(({ at }) => at);
      const gaps = [...moves, performance.now()].map((at, j) => at - (moves[j - 1] ?? at));
      expect(Math.max(...gaps), name).toBeLessThan(LONGEST_MS);
    }
    expect(ledger.faults).toEqual([]);

    await filling.stop();
    await redis.command("CONFIG", "SET", "maxmemory", "0");
    const newest = Math.max(...followers.map(({ seen }) => seen.length));
    await eventually(() => followers.every(({ seen }) => seen.length > newest) || undefined);
    await eventually(() => {
      for (const sport of [0, 1]) {
        const latest = followers.filter((_, i) => i % 2 === sport).map((one) => one.latest);
        if (new Set(latest.map((seen) => `${seen?.epoch} ${seen?.version}`)).size !== 1) return undefined;
        if (latest.some((seen) => seen?.status !== "live")) return undefined;
      }
      return true;
    });
    expect(ledger.faults).toEqual([]);
  });
});
