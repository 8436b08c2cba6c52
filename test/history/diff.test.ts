import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import { changesOfStep, changesSince, isFresh } from "../../src/history/diff.js";
import { propertyRuns } from "../helpers/in-full.js";
import { MemoryEngine, withoutLastUpdates } from "../helpers/memory-engine.js";
import { board, edited } from "../helpers/random-boards.js";

const SPORT = "basketball_nba";

/** What happens to a server: it reads a board, some of its readings are not kept, it begins anew. */
interface Turn {
  readonly events: OddsEvent[];
  readonly what: "kept" | "lost" | "restart";
}

const next = (past: readonly Turn[], what: Turn["what"]): fc.Arbitrary<Turn[]> => {
  const before = past.at(-1)?.events ?? [];
  return fc.oneof(edited(before), fc.constant(before)).map((events) => [...past, { events, what }]);
};

const turns = fc
  .tuple(
    board,
    fc.array(fc.constantFrom<Turn["what"]>("kept", "kept", "kept", "lost", "restart"), { maxLength: 8 }),
  )
  .chain(([events, whats]) => {
    const first: fc.Arbitrary<Turn[]> = fc.constant([{ events, what: "kept" }]);
    return whats.reduce((soFar, what) => soFar.chain((past) => next(past, what)), first);
  });

describe("what a reading changed", () => {
  it("makes the stored board the one that was sent, by dirty keys or by comparing", async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (all) => {
        const engine = new MemoryEngine();
        let boards = new BoardStore();
        let known: number | undefined;
        for (const [i, { events, what }] of all.entries()) {
          if (what === "restart") boards = new BoardStore();
          const fetchedAt = 1_763_841_600_000 + i * 5000;
          const before = boards.get(SPORT);
          const step = boards.draft(SPORT, { events, fetchedAt });
          boards.take(step);
          if (what === "lost") {
            known = undefined;
            continue;
          }
          const follows = before !== undefined && known === before.fetchedAt;
          const stored = await engine.last(SPORT);
          const fresh = !follows && isFresh(step.board);
          const changes = follows
            ? step.dirty && changesOfStep(before.events, step.board, step.dirty)
            : changesSince(stored, step.board, fresh);
          const refused = await engine.write([
            {
              sport: SPORT,
              at: fetchedAt,
              everyMs: 5000,
              follows: stored?.at ?? null,
              isFresh: fresh,
              changes: [...(changes ?? [])],
              gaps: [],
            },
          ]);
          expect(refused).toEqual(new Set());
          expect(engine.board(SPORT)).toEqual(withoutLastUpdates(step.board.events));
          known = fetchedAt;
        }
      }),
      { numRuns: propertyRuns(2000) },
    );
  });

  it("is nothing where a board is read again after a restart, whatever the order of its fields", () => {
    const of = (event: object) =>
      new BoardStore().put(SPORT, { events: [event as OddsEvent], fetchedAt: 1000 });
    const one = of({ id: "a", commence_time: 1, home_team: "A", bookmakers: [] });
    const same = of({ home_team: "A", bookmakers: [], commence_time: 1, id: "a" });
    const stored = [...changesSince(undefined, one, true)].flatMap(({ key, value }) =>
      value ? [{ key, value, at: 1000, changedAt: null }] : [],
    );
    const since = changesSince({ at: 1000, everyMs: 5000, freshAt: 1000, series: stored }, same, true);
    expect([...since]).toEqual([]);
  });

  it("takes down all that was below an event that went", () => {
    const boards = new BoardStore();
    const outcomes = [{ name: "A", price: 2 }];
    const bookmakers = [{ key: "fanduel", markets: [{ key: "h2h", outcomes }] }];
    const before = boards.put(SPORT, {
      events: [{ id: "a", commence_time: 1, bookmakers }],
      fetchedAt: 1000,
    });
    const step = boards.draft(SPORT, { events: [], fetchedAt: 6000 });
    const changes = step.dirty ? [...changesOfStep(before.events, step.board, step.dirty)] : [];
    expect(changes.map(({ key, value }) => [key, value?.shape ?? null])).toEqual([
      [["", "", ""], "[]"],
      [["a", "", ""], null],
      [["a", "fanduel", ""], null],
      [["a", "fanduel", "h2h"], null],
    ]);
  });
});
