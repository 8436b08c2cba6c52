import { describe, expect, it } from "vitest";
import { BoardStore, type Step } from "../../src/board/store.js";

const SPORT = "basketball_nba";
const T = Date.parse("2026-11-22T20:00:00Z");

function events(price: number, readAt: number) {
  const last_update = new Date(readAt).toISOString();
  const markets = [{ key: "h2h", last_update, outcomes: [{ name: "A", price }] }];
  return [
    { id: "a", commence_time: "2026-11-22T20:10:00Z", bookmakers: [{ key: "b", last_update, markets }] },
  ];
}

/** What a store that reads makes of readings: their prices, five seconds apart. */
function stepsOf(prices: readonly number[]): { steps: Step[]; store: BoardStore } {
  const store = new BoardStore("e");
  const steps = prices.map((price, i) => {
    const step = store.draft(SPORT, { events: events(price, T + i * 5000), fetchedAt: T + i * 5000 });
    store.take(step);
    return step;
  });
  return { steps, store };
}

describe("a step that another process made", () => {
  it.each([
    ["a change", [2, 2, 2.1]],
    ["another such", [2, 2, 2]],
  ])("is not taken in as %s after one was missed that only moved last_updates", (_what, prices) => {
    const { steps } = stepsOf(prices);
    const follower = new BoardStore("e");
    expect(follower.take(steps[0] as Step)).toBe("taken");
    expect(follower.take(steps[2] as Step)).toBe("gap");
    expect(follower.get(SPORT)?.fetchedAt).toBe(T);
  });

  it("is taken in where none was missed, once, and passed over when it comes again", () => {
    const { steps, store } = stepsOf([2, 2, 2.1, 2.1]);
    const follower = new BoardStore("e");
    for (const step of steps) expect(follower.take(step)).toBe("taken");
    for (const step of steps) expect(follower.take(step)).toBe("known");
    expect(follower.get(SPORT)).toEqual(store.get(SPORT));
  });

  it("counts on from what was written and lost, and is taken whole by those who have that and those who do not", () => {
    const { steps } = stepsOf([2, 2.1, 2.2]);
    const young = new BoardStore("e");
    young.lose(SPORT, { version: 3, fetchedAt: T + 10_000 });
    const step = young.draft(SPORT, { events: events(2.3, T + 15_000), fetchedAt: T + 15_000 });
    expect(step).toMatchObject({ from: 0, follows: { version: 3 }, board: { version: 4 } });
    const old = new BoardStore("e");
    for (const known of steps) old.take(known);
    for (const store of [young, old, new BoardStore("e")]) {
      expect(store.take(step)).toBe("taken");
      expect(store.get(SPORT)?.version).toBe(4);
      expect(store.since(SPORT, 3)).toBeUndefined();
    }
  });
});
