import { describe, expect, it } from "vitest";
import { SourceError } from "../../src/source-error.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const GAME = "basketball_nba";
const OTHER = "icehockey_nhl";
const TICK_MS = 5000;
const VISITORS = 1000;
const FIRST = Array.from({ length: 100 }, (_, i) => `first_${i}`);

/** A poller on a plan of 20,000, one client at a game in play; the other sport is as `other` says. */
async function setUp(other: "fails" | "works", remaining = 10_000) {
  const clock = { now: Date.UTC(2026, 10, 16) };
  const quota = { remaining, used: 20_000 - remaining, last: 0 };
  const parts = pollingParts(
    {
      name: "the-odds-api",
      sports: async () => ({ sports: [GAME, OTHER, ...FIRST].map((key) => sport(key)), quota }),
      board: async ({ key }, at) => {
        if (key === OTHER && other === "fails")
          throw new SourceError("UPSTREAM_FAILED", "It failed.", "retry");
        const [game] = smallBoard();
        const events = game ? [{ ...game, commence_time: new Date(clock.now - 60_000).toISOString() }] : [];
        return { events, fetchedAt: at, paid: { predicted: 3 } };
      },
      cost: () => 3,
      close: () => {},
    },
    () => clock.now,
    "auto",
    TICK_MS,
  );
  await parts.catalog.misspelt();
  parts.demand.add(GAME, "the one who stays");
  const run = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick += 1) {
      parts.reader.plan(clock.now);
      for (const key of parts.demand.wanted()) await parts.reader.read(key, clock.now);
      clock.now += TICK_MS;
    }
  };
  await run(3);
  return { ...parts, run, everyMs: () => parts.schedule.interval(GAME) };
}

describe("A client that was here and left", () => {
  it("leaves no claim on a sport whose reads fail", async () => {
    const { demand, run, everyMs } = await setUp("fails");
    const alone = everyMs();
    for (let visitor = 0; visitor < VISITORS; visitor += 1) {
      const release = demand.add(OTHER, `visitor ${visitor}`);
      if (visitor % 100 === 0) await run(1);
      release();
    }
    await run(10);
    expect(everyMs()).toBeCloseTo(alone, -3);
    expect([...demand.weights().keys()]).toEqual([GAME]);
  });

  it("leaves none by asking once over REST, either", async () => {
    const { demand, feed, run, everyMs } = await setUp("fails");
    const alone = everyMs();
    for (let visitor = 0; visitor < VISITORS; visitor += 1) {
      await feed.read(OTHER, `visitor ${visitor}`).catch(() => {});
    }
    await run(10);
    expect(everyMs()).toBeCloseTo(alone, -3);
    expect([...demand.weights().keys()]).toEqual([GAME]);
  });

  it("leaves none on a sport that waits for its first read", async () => {
    const { demand, boards, schedule, run, everyMs } = await setUp("works");
    const alone = everyMs();
    // Peers were first, for a long time.
    for (const first of FIRST) schedule.begin(first, Date.UTC(2026, 10, 16));
    for (let visitor = 0; visitor < VISITORS; visitor += 1) demand.add(OTHER, `visitor ${visitor}`)();
    await run(10);
    expect(boards.get(OTHER)).toBeUndefined();
    expect(everyMs()).toBeCloseTo(alone, -3);
    expect([...demand.weights().keys()]).toEqual([GAME]);
  });

  it("leaves none on a sport that waits for its turn by the clock, as the allowance does not pay for it", async () => {
    const { demand, boards, run, everyMs } = await setUp("works", 9000);
    const alone = everyMs();
    for (let visitor = 0; visitor < VISITORS; visitor += 1) demand.add(OTHER, `visitor ${visitor}`)();
    await run(10);
    expect(boards.get(OTHER)).toBeUndefined();
    expect(everyMs()).toBeCloseTo(alone, -4);
    expect([...demand.weights().keys()]).toEqual([GAME]);
  });

  it("has one until the next turn on a sport that was read for it", async () => {
    const { demand, boards, run } = await setUp("works");
    const release = demand.add(OTHER, "visitor");
    await run(1);
    release();
    expect(boards.get(OTHER)).toBeDefined();
    await run(4);
    expect(demand.weights().get(OTHER)).toBe(1);
    await run(300);
    expect(demand.weights().get(OTHER)).toBeUndefined();
  });
});
