import { describe, expect, it } from "vitest";
import { noDirtyKeys } from "../../src/board/dirty-keys.js";
import { RECENT_STEPS_LIMITS, RecentSteps } from "../../src/board/recent-steps.js";
import { BoardStore } from "../../src/board/store.js";

const SPORT = "basketball_nba";
const HOUR_MS = 3_600_000;
const events = (price: number) => [
  {
    id: "a",
    commence_time: "2026-11-22T20:10:00Z",
    bookmakers: [{ key: "fanduel", markets: [{ key: "h2h", outcomes: [{ name: "A", price }] }] }],
  },
];

/** A store whose price moved at each of these times (ms): versions 1, 2, 3, … */
function storeOf(times: readonly number[]): BoardStore {
  const store = new BoardStore("e");
  for (const [i, fetchedAt] of times.entries()) store.put(SPORT, { events: events(2 + i / 100), fetchedAt });
  return store;
}

describe("the recent steps", () => {
  it("serves a version that was the latest for hours and was left behind just now", () => {
    const store = storeOf([1, 5 * HOUR_MS]);
    expect(store.since(SPORT, 1)).toMatchObject({ from: 1, version: 2, steps: 1 });
  });

  it("forgets a version that was left behind longer ago than its limit, and never serves a part", () => {
    const store = storeOf([1, 1000, 1001 + RECENT_STEPS_LIMITS.ageMs]);
    expect(store.since(SPORT, 1)).toBeUndefined();
    expect(store.since(SPORT, 2)).toMatchObject({ from: 2, version: 3, steps: 1 });
  });

  it("keeps no more steps than its limit", () => {
    const store = storeOf(Array.from({ length: RECENT_STEPS_LIMITS.steps + 10 }, (_, i) => 1 + i));
    const latest = RECENT_STEPS_LIMITS.steps + 10;
    expect(store.since(SPORT, latest - RECENT_STEPS_LIMITS.steps)).toBeUndefined();
    expect(store.since(SPORT, latest - RECENT_STEPS_LIMITS.steps + 1)?.steps).toBe(
      RECENT_STEPS_LIMITS.steps - 1,
    );
  });

  it("keeps no more dirty keys than its limit, however few the steps", () => {
    const recent = new RecentSteps();
    const many = () => ({
      ...noDirtyKeys(),
      fields: new Set(Array.from({ length: RECENT_STEPS_LIMITS.keys / 2 }, (_, i) => `${i}`)),
    });
    for (let version = 1; version <= 4; version += 1) recent.add(version, version, version, many());
    expect(recent.since(2)).toBeUndefined();
    expect(recent.since(3)?.steps).toBe(1);
  });

  it("knows nothing of versions that were never reached", () => {
    const store = storeOf([1, 2]);
    for (const version of [-1, 0, 3, 1.5, Number.NaN]) expect(store.since(SPORT, version)).toBeUndefined();
  });
});
