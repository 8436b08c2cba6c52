import { expect, it } from "vitest";
import { Solo } from "../../src/cluster/solo.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const SPORT = "basketball_nba";
const TICK_MS = 5000;

/** A process whose writes to the others fail while `broken` is set. */
class Stuttering extends Solo {
  broken: "rejects" | "refuses" | undefined;

  override async publish(): Promise<boolean> {
    if (this.broken === "rejects") throw new Error("Redis did not answer");
    return this.broken === undefined;
  }
}

it.each(["rejects", "refuses"] as const)(
  "A reading that was paid for is shared at a later tick when a write to the others %s, and not bought again",
  async (broken) => {
    const clock = { now: Date.UTC(2026, 10, 16) };
    let reads = 0;
    const cluster = new Stuttering("solo");
    const quota = { remaining: 10_000, used: 10_000, last: null };
    const parts = pollingParts(
      {
        name: "the-odds-api",
        sports: async () => ({ sports: [sport(SPORT)], quota }),
        board: async (_sport, at) => {
          reads += 1;
          return { events: smallBoard(), fetchedAt: at, paid: { predicted: 3 } };
        },
        cost: () => 3,
        close: () => {},
      },
      () => clock.now,
      "auto",
      TICK_MS,
      { cluster },
    );
    await parts.catalog.misspelt();
    parts.demand.add(SPORT);
    const tick = async () => {
      clock.now += TICK_MS;
      parts.reader.plan(clock.now);
      await parts.reader.read(SPORT, clock.now);
    };
    cluster.broken = broken;
    await tick();
    const readAt = clock.now;
    await tick();
    expect(parts.boards.get(SPORT)).toBeUndefined();
    expect(reads).toBe(1);
    cluster.broken = undefined;
    await tick();
    expect(parts.boards.get(SPORT)).toMatchObject({ version: 1, fetchedAt: readAt });
    expect(reads).toBe(1);
    await tick();
    expect(parts.boards.get(SPORT)?.version).toBe(1);
  },
);

it("A reading that could not be shared does not take the place of a later one", async () => {
  const clock = { now: Date.UTC(2026, 10, 16) };
  const cluster = new Stuttering("solo");
  let price = 1.5;
  const parts = pollingParts(
    {
      name: "simulated",
      sports: async () => ({ sports: [sport(SPORT)] }),
      board: async (_sport, at) => ({ events: smallBoard(price), fetchedAt: at }),
      close: () => {},
    },
    () => clock.now,
    "off",
    TICK_MS,
    { cluster },
  );
  cluster.broken = "rejects";
  await parts.reader.read(SPORT, clock.now);
  cluster.broken = undefined;
  // Another process reads meanwhile, and everybody has that.
  price = 1.6;
  parts.boards.put(SPORT, { events: smallBoard(price), fetchedAt: clock.now + 1000 });
  clock.now += 2000;
  await parts.reader.read(SPORT, clock.now);
  expect(parts.boards.get(SPORT)?.version).toBe(1);
  expect(parts.boards.get(SPORT)?.events[0]?.bookmakers[0]?.markets[0]?.outcomes[0]?.price).toBe(1.6);
});
