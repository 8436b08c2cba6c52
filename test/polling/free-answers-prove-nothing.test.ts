import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { SourceError } from "../../src/source-error.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const PAID = "basketball_nba";
const FREE = "icehockey_nhl";
const OTHER = "baseball_mlb";
const TICK_MS = 5000;

/** A poller at an upstream that refuses every paid call as too fast, with viewers of a paid sport and of a free one. */
async function setUp(first: string, second: string) {
  const clock = { now: Date.UTC(2026, 10, 16) };
  const calls = { paid: 0 };
  const parts = pollingParts(
    {
      name: "the-odds-api",
      sports: async () => ({ sports: [sport(PAID), sport(OTHER), { ...sport(FREE), active: false }] }),
      board: async ({ active }, at) => {
        if (!active) return { events: [], fetchedAt: at };
        calls.paid += 1;
        throw new SourceError("UPSTREAM_RATE_LIMITED", "Slow down.", "slow-down");
      },
      cost: ({ active }) => (active ? 3 : 0),
      close: () => {},
    },
    () => clock.now,
    "off",
    TICK_MS,
  );
  await parts.catalog.misspelt();
  for (const key of [first, second]) parts.demand.add(key, key);
  let flips = 0;
  let troubled = false;
  for (const end = clock.now + 3_600_000; clock.now < end; clock.now += TICK_MS) {
    parts.reader.plan(clock.now);
    for (const key of parts.demand.wanted()) await parts.reader.read(key, clock.now);
    const now = parts.feed.trouble(PAID) !== undefined;
    if (now !== troubled) flips += 1;
    troubled = now;
  }
  return { ...parts, calls, flips };
}

describe("An answer that costs nothing", () => {
  it.each([
    ["read before the paid one", FREE, PAID],
    ["read after it", PAID, FREE],
  ])("does not end everybody's back-off: a sport out of season, %s", async (_name, first, second) => {
    const { calls, flips, feed } = await setUp(first, second);
    // Once a minute, and jitter makes that rarer.
    expect(calls.paid).toBeLessThanOrEqual(70);
    // And the free one does not hold back the read that could end it.
    expect(calls.paid).toBeGreaterThanOrEqual(30);
    expect(flips).toBe(1);
    expect(feed.current(FREE)?.events).toEqual([]);
  });

  it("does not end it where another process got it, and why it was free is not known here; a board with prices does", async () => {
    const { feed, reader, boards } = await setUp(PAID, FREE);
    const heard = (events: OddsEvent[]) => {
      const { board } = boards.draft(OTHER, { events, fetchedAt: 0 });
      reader.heardRead(board);
      return feed.trouble(PAID)?.error.code;
    };
    expect(heard([])).toBe("UPSTREAM_RATE_LIMITED");
    expect(heard(smallBoard(2, OTHER))).toBeUndefined();
  });
});
