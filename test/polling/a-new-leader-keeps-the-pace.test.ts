import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../src/board/store.js";
import type { LeaderStatus } from "../../src/polling/cluster.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const SPORTS = Array.from({ length: 16 }, (_, i) => `sport_${i}`);
const EPOCH = "the fleet's";
const TICK_MS = 5000;
const MINUTE_MS = 60_000;

/** A process among others on a plan of 20,000, that has heard nothing yet. */
async function setUp() {
  const clock = { now: Date.UTC(2026, 10, 16) };
  const quota = { remaining: 10_000, used: 10_000, last: null as number | null };
  const reads: string[] = [];
  const parts = pollingParts(
    {
      name: "the-odds-api",
      sports: async () => ({ sports: SPORTS.map((key) => sport(key)), quota }),
      board: async ({ key }, at) => {
        reads.push(key);
        return { events: smallBoard(1.9, key), fetchedAt: at, paid: { predicted: 3 } };
      },
      cost: () => 3,
      close: () => {},
    },
    () => clock.now,
    "auto",
    TICK_MS,
  );
  await parts.catalog.misspelt();
  parts.role.epoch(EPOCH);
  const status = (everyMs: number, why: LeaderStatus["why"] = "kept"): LeaderStatus => ({
    pollStatus: { nextFetchAt: clock.now + everyMs, everyMs, trouble: undefined },
    quota: { ...quota, heardAt: clock.now },
    phaseMs: 0,
    why,
  });
  const snapshot = (key: string): Snapshot => ({
    board: { sport: key, epoch: EPOCH, version: 1, events: [], fetchedAt: clock.now, source: "simulated" },
    past: [],
  });
  return { ...parts, clock, reads, status, snapshot, quota };
}

describe("A process that takes over", () => {
  it("keeps the turns of the last leader for those who ask over REST", async () => {
    const { clock, reads, role, status, snapshot, feed } = await setUp();
    for (const key of SPORTS) role.load(snapshot(key), status(10 * MINUTE_MS));
    role.elected();
    for (let asked = 0; asked < 5; asked += 1) {
      clock.now += 10_000;
      for (const key of SPORTS) await feed.read(key, "somebody");
    }
    expect(reads).toEqual([]);
    clock.now += 24 * 60 * MINUTE_MS;
    for (const key of SPORTS) await feed.read(key, "somebody");
    expect(reads.length).toBeGreaterThan(0);
  });

  it("also where it never heard how often they were read", async () => {
    const { clock, reads, role, boards, snapshot, feed } = await setUp();
    for (const key of SPORTS) boards.load(snapshot(key));
    role.elected();
    clock.now += 10_000;
    for (const key of SPORTS) await feed.read(key, "somebody");
    expect(reads).toEqual([]);
  });

  it("again, reads nothing for what was told long ago", async () => {
    const { clock, reads, role, status, snapshot, reader, demand } = await setUp();
    for (const key of SPORTS) role.load(snapshot(key), status(MINUTE_MS));
    role.elected();
    for (const key of SPORTS) demand.add(key);
    const tick = async () => {
      reader.plan(clock.now);
      for (const key of SPORTS) await reader.read(key, clock.now);
      clock.now += TICK_MS;
    };
    for (let i = 0; i < 720; i += 1) await tick();
    const before = reads.length;
    expect(before).toBeGreaterThan(SPORTS.length);
    role.elected();
    await tick();
    expect(reads.length - before).toBeLessThanOrEqual(2);
  });

  it("believes what was heard later of the credits, not what comes later", async () => {
    const { clock, role, status, snapshot, quota, credits } = await setUp();
    const [key = ""] = SPORTS;
    const old = status(MINUTE_MS);
    const yesterday = clock.now - 24 * 60 * MINUTE_MS;
    role.load(snapshot(key), {
      ...old,
      quota: { remaining: 10, used: 19_990, last: null, heardAt: yesterday },
    });
    expect(credits.account?.remaining).toBe(quota.remaining);
    clock.now += MINUTE_MS;
    role.hear(key, {
      ...status(MINUTE_MS, "send"),
      quota: { ...quota, remaining: 9000, heardAt: clock.now },
    });
    expect(credits.account?.remaining).toBe(9000);
  });

  it("that was told nothing but long ago looks before it refuses", async () => {
    const { clock, role, status, snapshot, feed, reads, credits, quota } = await setUp();
    const [key = ""] = SPORTS;
    // What it heard itself was before the reset, too.
    Object.assign(quota, { remaining: 10, used: 19_990 });
    credits.hear(quota);
    clock.now += 24 * 60 * MINUTE_MS;
    role.load(snapshot(key), { ...status(MINUTE_MS), quota: undefined });
    role.elected();
    Object.assign(quota, { remaining: 20_000, used: 0 });
    clock.now += 11 * MINUTE_MS;
    for (let asked = 0; asked < 10; asked += 1) {
      await feed.read(key, "somebody").catch(() => {});
      clock.now += MINUTE_MS;
    }
    expect(credits.account?.remaining).toBeGreaterThan(19_000);
    expect(reads.length).toBeGreaterThan(0);
  });
});
