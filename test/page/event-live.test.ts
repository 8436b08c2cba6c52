import { describe, expect, it } from "vitest";
import type { BoardEvent, ClientBoard, SportState } from "../../src/client/index.js";
import { LiveEvent } from "../../src/page/event/event-live.js";

const iso = (ms: number) => new Date(ms).toISOString();

/** An event whose only bookmaker offers `price` since `changed`; without a price it offers nothing. */
function event(price: number | null, changed: number, id = "one"): BoardEvent {
  const markets = [
    { key: "h2h", changed_at: iso(changed), outcomes: [{ name: "Home", price: price ?? 0 }] },
    { key: "player_points", changed_at: iso(changed), outcomes: [] },
  ];
  return { id, commence_time: iso(0), bookmakers: price === null ? [] : [{ key: "b", markets }] };
}

function state(
  fetchedAt: number,
  odds: BoardEvent[],
  status: ClientBoard["status"] = "live",
  reason: string | null = null,
): SportState {
  const board: ClientBoard = {
    ...{ sport: "x", epoch: "e", version: 1, timestamp: fetchedAt, fetchedAt, nextFetchAt: fetchedAt + 5 },
    ...{ source: "simulated", status, reason, odds },
  };
  return {
    sport: "x",
    board,
    connection: "connected",
    status,
    reason,
    stale: status !== "live",
    error: null,
    ageMs: () => 0,
  };
}

describe("what comes of an event while it is looked at", () => {
  it("changed by the moment that the board tells, and after the reading before", () => {
    const live = new LiveEvent("one");
    live.take(state(1000, [event(2, 400)]));
    live.take(state(2000, [event(2, 400)]));
    live.take(state(3000, [event(2.1, 3000)]));
    expect(live.changes("h2h")).toMatchObject([
      { bookmaker: "b", at: 400, after: null, outcomes: [{ price: 2 }] },
      { bookmaker: "b", at: 3000, after: 2000, outcomes: [{ price: 2.1 }] },
    ]);
  });

  it("is gone where the bookmaker or the whole event is off the board, and of other events nothing counts", () => {
    const live = new LiveEvent("one");
    live.take(state(1000, [event(2, 1000), event(9, 1000, "two")]));
    live.take(state(2000, [event(null, 0)]));
    live.take(state(3000, [event(2, 3000)]));
    live.take(state(4000, []));
    expect(live.changes("h2h").map(({ at, outcomes }) => [at, outcomes?.[0]?.price])).toEqual([
      [1000, 2],
      [2000, undefined],
      [3000, 2],
      [4000, undefined],
    ]);
  });

  it("has a gap from the last reading that counted to the next one, with the first reason", () => {
    const live = new LiveEvent("one");
    live.take(state(1000, [event(2, 1000)]));
    live.take(state(1000, [event(2, 1000)], "stale", "SILENT"));
    expect(live.gaps).toEqual([{ from: 1000, to: Number.POSITIVE_INFINITY, reason: "SILENT" }]);
    live.take(state(1000, [event(2, 1000)], "stale", "NO_ANSWER"));
    live.take(state(9000, [event(2, 1000)]));
    expect(live.gaps).toEqual([{ from: 1000, to: 9000, reason: "SILENT" }]);
  });

  it("has no gap where it was the same reading before and after", () => {
    const live = new LiveEvent("one");
    live.take(state(1000, [event(2, 1000)]));
    live.take(state(1000, [event(2, 1000)], "stale", "NO_ANSWER"));
    live.take(state(1000, [event(2, 1000)]));
    expect(live.gaps).toEqual([]);
  });

  it("forgets changes where they are more than a chart can show, and says so; no price stands where there was none", () => {
    const live = new LiveEvent("one");
    for (let i = 1; i <= 4000; i++)
      live.take(state(i * 10, [event(i % 10 === 0 ? null : 1 + i / 100, i * 10)]));
    const changes = live.changes("h2h");
    expect(live.isThinned).toBe(true);
    expect(changes.length).toBeLessThanOrEqual(1001);
    expect(changes.at(-1)).toMatchObject({ at: 40_000, outcomes: null });
    for (let i = 100; i <= 40_000; i += 100)
      expect(changes.findLast(({ at }) => at <= i)?.outcomes ?? null).toBeNull();
    expect(live.readings.length).toBeLessThanOrEqual(5000);
  });

  it("remembers a board that flutters as one gap in the end", () => {
    const live = new LiveEvent("one");
    for (let i = 1; i <= 2000; i++)
      live.take(state(i * 10, [], i % 2 === 0 ? "live" : "stale", i % 2 === 0 ? null : "OVERDUE"));
    expect(live.gaps.length).toBeLessThanOrEqual(500);
    expect(live.gaps[0]).toMatchObject({ from: 10, reason: "OVERDUE" });
    expect(live.gaps.at(-1)).toEqual({ from: 19_990, to: 20_000, reason: "OVERDUE" });
  });
});
