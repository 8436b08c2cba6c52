import { describe, expect, it } from "vitest";
import { Coverage, gapsBetween, notesBefore } from "../../src/history/coverage.js";
import type { SportInShort } from "../../src/polling/feed.js";
import { SourceError } from "../../src/source-error.js";

const NBA = "basketball_nba";
const PATIENCE_MS = 11_000;
const MINUTE = 60_000;

/** A sport that is wanted and well, but for what is given. */
const wanted = (more: Partial<SportInShort> = {}): SportInShort => ({
  sport: NBA,
  status: "live",
  reason: null,
  ageMs: 0,
  nextFetchAt: 0,
  everyMs: 5000,
  error: undefined,
  ...more,
});

const failing = (code: "OUT_OF_USAGE_CREDITS" | "UPSTREAM_FAILED", reason: string = code) =>
  wanted({ status: "paused", reason, error: new SourceError(code, "It failed.", "retry", reason) });

/** The gaps, in minutes, where a sport was read at minute 0 and then at `to`, and looked at as `looks` say. */
function gapsOf(to: number, looks: readonly (readonly [minute: number, sport: SportInShort | undefined])[]) {
  const coverage = new Coverage(0);
  coverage.take(NBA);
  for (const [minute, sport] of looks) coverage.look(minute * MINUTE, sport ? [sport] : []);
  const last = { at: 0, everyMs: MINUTE };
  return gapsBetween(last, to * MINUTE, coverage.take(NBA), PATIENCE_MS).map(({ from, to, reason }) => [
    from / MINUTE,
    to / MINUTE,
    reason,
  ]);
}

describe("what is known of the times without readings", () => {
  it("is nothing where the next reading came as planned", () => {
    expect(gapsOf(1, [[0.5, wanted()]])).toEqual([]);
    expect(gapsOf(1.1, [[0.5, undefined]])).toEqual([]);
  });

  it("says that nobody watched, until somebody did", () => {
    expect(
      gapsOf(60, [
        [0.5, undefined],
        [59.99, wanted({ status: "stale", reason: "NOT_WATCHED" })],
      ]),
    ).toEqual([[1, 60, "NOBODY_WATCHED"]]);
  });

  it("parts a gap by its reasons, in the upstream's codes", () => {
    expect(
      gapsOf(60, [
        [0.5, undefined],
        [30, failing("UPSTREAM_FAILED")],
        [40, failing("OUT_OF_USAGE_CREDITS")],
        [59.99, wanted()],
      ]),
    ).toEqual([
      [1, 30, "NOBODY_WATCHED"],
      [30, 40, "UPSTREAM_FAILED"],
      [40, 60, "OUT_OF_USAGE_CREDITS"],
    ]);
  });

  it("says that credits were saved where a sport waited for its turn, or the reserve was kept", () => {
    const waits = wanted({ status: "stale", reason: "NOT_WATCHED", nextFetchAt: 60 * MINUTE });
    expect(gapsOf(60, [[0.5, waits]])).toEqual([[1, 60, "CREDITS"]]);
    expect(gapsOf(60, [[0.5, failing("OUT_OF_USAGE_CREDITS", "CREDIT_RESERVE")]])).toEqual([
      [1, 60, "CREDITS"],
    ]);
  });

  it("says that a reading was overdue where nothing stood in its way", () => {
    expect(gapsOf(60, [[0.5, wanted()]])).toEqual([[1, 60, "OVERDUE"]]);
  });

  it("says that what was read was lost", () => {
    const coverage = new Coverage(0);
    coverage.take(NBA);
    for (const minute of [1, 2, 3]) {
      const notes = coverage.take(NBA);
      coverage.giveBack(NBA, [...notes, { at: minute * MINUTE, reason: "HISTORY_DOWN" }]);
    }
    coverage.look(30 * MINUTE, []);
    expect(gapsBetween({ at: 0, everyMs: MINUTE }, 60 * MINUTE, coverage.take(NBA), PATIENCE_MS)).toEqual([
      { from: MINUTE, to: 30 * MINUTE, reason: "HISTORY_DOWN" },
      { from: 30 * MINUTE, to: 60 * MINUTE, reason: "NOBODY_WATCHED" },
    ]);
  });

  it("tells the time of no server from the time before it, of which nothing is known", () => {
    const startedAt = 40 * MINUTE;
    const stored = { at: 0, everyMs: MINUTE };
    const gaps = (livedUntil: number, isAlone: boolean) => {
      const notes = [
        ...notesBefore(startedAt, stored, livedUntil, isAlone),
        ...new Coverage(startedAt).take(NBA),
      ];
      return gapsBetween(stored, 60 * MINUTE, notes, PATIENCE_MS).map(({ from, reason }) => [
        from / MINUTE,
        reason,
      ]);
    };
    expect(gaps(30 * MINUTE, true)).toEqual([
      [1, "UNKNOWN"],
      [30, "SERVER_DOWN"],
      [40, "NOBODY_WATCHED"],
    ]);
    expect(gaps(0.9 * MINUTE, true)).toEqual([
      [1, "SERVER_DOWN"],
      [40, "NOBODY_WATCHED"],
    ]);
    // Others lived until this one began.
    expect(gaps(39.9 * MINUTE, false)).toEqual([
      [1, "UNKNOWN"],
      [40, "NOBODY_WATCHED"],
    ]);
  });

  it("keeps few notes of a sport whose reasons change all the time", () => {
    const coverage = new Coverage(0);
    for (let i = 1; i <= 1000; i += 1) coverage.look(i * 1000, i % 2 ? [failing("UPSTREAM_FAILED")] : []);
    expect(coverage.take(NBA).length).toBeLessThanOrEqual(100);
  });
});
