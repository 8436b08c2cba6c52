import { describe, expect, it } from "vitest";
import { gapsOf } from "../../src/page/event/event-gaps.js";

const OPEN = Number.POSITIVE_INFINITY;

describe("the gaps of an event", () => {
  it("are the history's up to when it was asked, and the live ones after that", () => {
    const coverage = [
      { from: 0, to: 10, everyMs: 5 },
      { from: 10, to: 20, reason: "CREDITS" },
      { from: 20, to: 50, everyMs: 5 },
    ];
    // What this page missed before the history was asked the history did not miss.
    const live = [
      { from: 30, to: 40, reason: "SILENT" },
      { from: 60, to: OPEN, reason: "NO_ANSWER" },
    ];
    expect(gapsOf(coverage, live, 25, 70)).toEqual([
      { from: 10, to: 20, reason: "CREDITS" },
      { from: 60, to: 70, reason: "NO_ANSWER" },
    ]);
  });

  it("have one with its reason where the history could not tell it yet", () => {
    const coverage = [{ from: 10, to: 50, reason: "NOT_READ" }];
    const live = [{ from: 10, to: 55, reason: "NOT_WATCHED" }];
    expect(gapsOf(coverage, live, 10, 70)).toEqual([{ from: 10, to: 55, reason: "NOT_WATCHED" }]);
  });

  it("go on to the first reading that is seen live where the history was asked before it", () => {
    const coverage = [{ from: 10, to: 50, reason: "NOT_READ" }];
    expect(gapsOf(coverage, [], 53, 70)).toEqual([{ from: 10, to: 53, reason: "NOT_READ" }]);
  });

  it("are the live ones alone where there is no history", () => {
    expect(gapsOf([], [{ from: 5, to: OPEN, reason: "SILENT" }], 5, 9)).toEqual([
      { from: 5, to: 9, reason: "SILENT" },
    ]);
  });
});
