import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentTag } from "../../src/board/content-tag.js";
import type { BoardEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import { propertyRuns } from "../helpers/in-full.js";
import { board, edited } from "../helpers/random-boards.js";

const SPORT = "basketball_nba";
const wire = <T>(thing: T): T => JSON.parse(JSON.stringify(thing));
const runs = { numRuns: propertyRuns(1000) };

/** The same value with the keys of all its objects the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, reversed(inner)] as const);
  return Object.fromEntries(entries.reverse());
}

describe("The tag of a board's content", () => {
  it("moves with the version, and only with it", () => {
    const pair = board.chain((one) => edited(one).map((other) => [one, other] as const));
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const store = new BoardStore("e");
        const before = store.put(SPORT, { events: wire(one), fetchedAt: 1 });
        const after = store.put(SPORT, { events: wire(other), fetchedAt: 2 });
        expect(contentTag(after.events) !== contentTag(before.events)).toBe(after.version !== before.version);
      }),
      runs,
    );
  });

  it("is the same whatever the order of keys, so that every process has the same", () => {
    fc.assert(
      fc.property(board, (events) => {
        const { events: kept } = new BoardStore("e").put(SPORT, { events, fetchedAt: 1 });
        expect(contentTag(reversed(wire(kept)) as BoardEvent[])).toBe(contentTag(kept));
      }),
      runs,
    );
  });
});
