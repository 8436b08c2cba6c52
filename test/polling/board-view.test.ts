import { describe, expect, it } from "vitest";
import type { Board } from "../../src/board/model.js";
import { viewOf } from "../../src/polling/board-view.js";
import { SourceError } from "../../src/source-error.js";

const TICK_MS = 5000;
const EVERY_MS = 60_000;
/** The interval, two ticks, and the second that a tick waits for a read. */
const PATIENCE_MS = 71_000;
const READ_AT = 1_000_000;
const BOARD: Board = {
  sport: "basketball_nba",
  epoch: "e",
  version: 1,
  fetchedAt: READ_AT,
  events: [],
  source: "simulated",
};

/** What a board is that was read at 0, seen at `now` and wanted since `since`; its next read is at `next`. All in ms. */
function seen(now: number, since: number | undefined, next = now, trouble?: SourceError) {
  const polling = { nextFetchAt: READ_AT + next, everyMs: EVERY_MS, trouble: undefined };
  const wantedSince = since === undefined ? undefined : READ_AT + since;
  const stands = trouble && { error: trouble, until: READ_AT + next };
  const { status, reason } = viewOf(BOARD, polling, stands, wantedSince, READ_AT + now, TICK_MS);
  return reason ?? status;
}

describe("A board", () => {
  it.each([
    ["wanted all the while, and read in time", PATIENCE_MS, -1000, "live"],
    ["wanted all the while, and not read in time", PATIENCE_MS + 1, -1000, "OVERDUE"],
    ["wanted by nobody, but not yet old", PATIENCE_MS, undefined, "live"],
    ["wanted by nobody for a while", 10 * PATIENCE_MS, undefined, "NOT_WATCHED"],
    ["wanted again when it was old", 10 * PATIENCE_MS, 10 * PATIENCE_MS, "NOT_WATCHED"],
    ["wanted again when it was old, and long not read", 12 * PATIENCE_MS, 10 * PATIENCE_MS, "OVERDUE"],
    ["wanted again before it was old, and not read", PATIENCE_MS + 1, PATIENCE_MS - 1, "OVERDUE"],
  ])("%s", (_, now, since, expected) => {
    expect(seen(now, since)).toBe(expected);
  });

  it("that was old when it was wanted stays NOT_WATCHED while its read has to wait for its turn", () => {
    const [wanted, now] = [10 * PATIENCE_MS, 30 * PATIENCE_MS];
    expect(seen(now, wanted, now + 1)).toBe("NOT_WATCHED");
    expect(seen(now, wanted, now)).toBe("OVERDUE");
  });

  it("of before the clock was put back is not live, as its age is not known, until it is read again", () => {
    const put = -3_600_000;
    expect(seen(put, undefined)).toBe("NOT_WATCHED");
    expect(seen(put, put - 2 * PATIENCE_MS)).toBe("OVERDUE");
    expect(seen(-50, undefined)).toBe("live");
  });

  it("whose reads fail says that, watched or not", () => {
    const failed = new SourceError("UPSTREAM_FAILED", "down", "retry");
    expect(seen(10 * PATIENCE_MS, undefined, 0, failed)).toBe("UPSTREAM_FAILED");
  });
});
