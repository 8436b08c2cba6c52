import { describe, expect, it } from "vitest";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const [WATCHED, KEPT] = ["basketball_nba", "icehockey_nhl"];
const TICK_MS = 5000;
const NOW = Date.UTC(2026, 10, 16);

async function setUp(plan: number, remaining: number) {
  const world = { now: NOW, remaining };
  const quota = () => ({ remaining: world.remaining, used: plan - world.remaining, last: 3 });
  const reads: string[] = [];
  const parts = pollingParts(
    {
      name: "the-odds-api",
      sports: async () => ({ sports: [sport(WATCHED), sport(KEPT)], quota: { ...quota(), last: null } }),
      board: async ({ key }, at) => {
        reads.push(key);
        world.remaining -= 3;
        return { events: smallBoard(), fetchedAt: at, paid: { predicted: 3 }, quota: quota() };
      },
      cost: () => 3,
      close: () => {},
    },
    () => world.now,
    "auto",
    TICK_MS,
    { historySports: [KEPT] },
  );
  await parts.catalog.misspelt();
  const run = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick += 1) {
      parts.reader.plan(world.now);
      const due = new Set([...parts.demand.wanted(), ...parts.schedule.forHistory]);
      for (const key of due) await parts.reader.read(key, world.now);
      world.now += TICK_MS;
    }
  };
  return { ...parts, run, reads };
}

describe("A sport of the history", () => {
  it("is read though nobody watches, from what is saved beyond those who might", async () => {
    // Half of the month is over, and hardly anything was spent.
    const { run, reads } = await setUp(20_000, 19_000);
    await run(720);
    expect(reads.length).toBeGreaterThan(10);
    expect(new Set(reads)).toEqual(new Set([KEPT]));
  });

  it("is not read while credits are on the line of those who watch", async () => {
    const { run, reads, demand } = await setUp(20_000, 10_200);
    demand.add(WATCHED, "a viewer");
    await run(720);
    expect(reads).toContain(WATCHED);
    expect(reads).not.toContain(KEPT);
  });

  it("takes no share of those who watch", async () => {
    const { demand } = await setUp(20_000, 19_000);
    demand.add(WATCHED, "a viewer");
    expect(demand.wanted()).toEqual([WATCHED]);
    expect([...demand.weights().keys()]).toEqual([WATCHED]);
  });

  it("is read at once for who comes to watch it", async () => {
    const { run, reads, demand } = await setUp(20_000, 10_700);
    await run(2);
    expect(reads).toEqual([]);
    demand.add(KEPT, "a viewer");
    await run(1);
    expect(reads).toEqual([KEPT]);
  });
});
