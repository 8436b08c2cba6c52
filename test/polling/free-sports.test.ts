import { describe, expect, it } from "vitest";
import { paceOf, type Wanted } from "../../src/polling/pacing.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const PAID = "basketball_nba";
const FREE = Array.from({ length: 20 }, (_, i) => `out_of_season_${i}`);
const TICK_MS = 5000;

async function setUp(remaining: number) {
  const clock = { now: Date.UTC(2026, 10, 16) };
  const quota = { remaining, used: 20_000 - remaining, last: null };
  const list = [sport(PAID), ...FREE.map((key) => ({ ...sport(key), active: false }))];
  const parts = pollingParts(
    {
      name: "the-odds-api",
      sports: async () => ({ sports: list, quota }),
      board: async ({ active }, at) =>
        active
          ? { events: smallBoard(), fetchedAt: at, paid: { predicted: 3 } }
          : { events: [], fetchedAt: at },
      cost: ({ active }) => (active ? 3 : 0),
      close: () => {},
    },
    () => clock.now,
    "auto",
    TICK_MS,
  );
  await parts.catalog.misspelt();
  const run = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick += 1) {
      parts.reader.plan(clock.now);
      for (const key of parts.demand.wanted()) await parts.reader.read(key, clock.now);
      clock.now += TICK_MS;
    }
  };
  return { ...parts, run, list };
}

describe("A sport that is free, as it is out of season", () => {
  it("is served at the reserve, before and after a paid one was refused", async () => {
    const { feed, demand, run } = await setUp(400);
    const [first = "", second = ""] = FREE;
    demand.add(first, "a");
    await run(1);
    expect(feed.current(first)).toMatchObject({ events: [], status: "live" });
    demand.add(PAID, "b");
    await run(2);
    expect(feed.trouble(PAID)?.error.reason).toBe("CREDIT_RESERVE");
    demand.add(second, "c");
    await run(2);
    for (const key of [first, second]) {
      expect(feed.current(key)).toMatchObject({ events: [], status: "live", reason: null });
    }
  });

  it("waits for no other sport's first read to be paid", async () => {
    const { feed, schedule, demand, run } = await setUp(10_000);
    for (let other = 0; other < 200; other += 1) schedule.begin(PAID, Date.UTC(2026, 10, 16));
    demand.add(FREE[0] ?? "", "a");
    await run(1);
    expect(feed.current(FREE[0] ?? "")).toMatchObject({ events: [], status: "live" });
  });

  it("takes nothing of its viewers' weight from the sports that cost something", async () => {
    const { demand, run } = await setUp(10_000);
    for (const key of [PAID, ...FREE]) demand.add(key, "one client");
    await run(1);
    expect(demand.weights().get(PAID)).toBe(1);
  });

  it("does not make the others' credits be spent faster", () => {
    const account = { plan: 20_000, remaining: 10_000, used: 10_000, reserve: 400, resetAt: 15 * 86_400_000 };
    const want = (name: string, cost: number): Wanted => ({ sport: name, cost, tier: "soon", weight: 1 });
    const alone = paceOf([want(PAID, 3)], account, 0, TICK_MS).get(PAID);
    const free = FREE.map((key) => want(key, 0));
    expect(paceOf([want(PAID, 3), ...free], account, 0, TICK_MS).get(PAID)).toBe(alone);
  });

  it("is read at once when its season begins, not when its turn would come", async () => {
    const { catalog, boards, demand, run, list } = await setUp(10_000);
    const [first = ""] = FREE;
    demand.add(first, "a");
    await run(3);
    expect(boards.get(first)?.events).toEqual([]);
    const entry = list.find(({ key }) => key === first);
    if (entry) entry.active = true;
    await catalog.look();
    await run(2);
    expect(boards.get(first)?.events).toHaveLength(1);
  });
});
