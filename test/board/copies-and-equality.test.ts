import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bookmakerOf, eventOf, marketOf } from "../../src/board/copies.js";
import { isSameBookmaker, isSameEvent, isSameMarket } from "../../src/board/equality.js";
import type { BoardBookmaker, BoardEvent, BoardMarket } from "../../src/board/model.js";

/** A thing with some of these fields, in any order, and maybe with others. */
function thing<T>(needed: readonly string[], usual: readonly string[]): fc.Arbitrary<T> {
  const plain = fc.constantFrom<unknown>(null, "a", "b", 1);
  const odd = fc.constantFrom<unknown>(null, "a", { deep: ["a"] }, { deep: ["b"] });
  const fields = fc.record(
    {
      ...Object.fromEntries([...needed, ...usual].map((name) => [name, plain])),
      link: odd,
      sid: odd,
    },
    { requiredKeys: needed as never[] },
  );
  const common = fc.record(Object.fromEntries([...needed, ...usual].map((name) => [name, plain])));
  return fc.tuple(fc.oneof(fields, common), fc.boolean()).map(([item, isReversed]) => {
    const entries = Object.entries(item);
    return JSON.parse(JSON.stringify(Object.fromEntries(isReversed ? entries.reverse() : entries))) as T;
  });
}

const event = thing<BoardEvent>(
  ["id", "commence_time", "bookmakers"],
  ["sport_key", "sport_title", "home_team", "away_team"],
);
const bookmaker = thing<BoardBookmaker>(["key", "markets"], ["title", "last_update"]);
const market = thing<BoardMarket>(["key", "outcomes"], ["last_update", "changed_at"]);

/** Two of a kind: any, one and the same, and one and what differs from it in one field, which only one of them may have. */
function pairs<T extends object>(kind: fc.Arbitrary<T>): fc.Arbitrary<(readonly [was: T, now: T])[]> {
  return fc.tuple(kind, kind, fc.nat()).map(([was, other, n]) => {
    const names = Object.keys({ ...was, ...other }) as (keyof T & string)[];
    const name = names[n % names.length] as keyof T & string;
    const { [name]: _, ...left } = was;
    const near = (name in other ? { ...left, [name]: other[name] } : left) as T;
    return [[was, other] as const, [was, was] as const, [was, near] as const, [near, was] as const];
  });
}

/** Whether two things are equal but for these fields. */
function areEqualBut(one: object, other: object, ...names: readonly string[]): boolean {
  const left = (item: object) =>
    Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)));
  return isDeepStrictEqual(left(one), left(other));
}

describe("A copy, whatever fields a thing has", () => {
  it("has them all, but for what is put in their place", () => {
    fc.assert(
      fc.property(event, bookmaker, market, (one, two, three) => {
        expect(eventOf(one, [])).toStrictEqual({ ...one, bookmakers: [] });
        expect(bookmakerOf(two, [])).toStrictEqual({ ...two, markets: [] });
        expect(marketOf(three, [], "now")).toStrictEqual({ ...three, outcomes: [], changed_at: "now" });
      }),
    );
  });

  it("has nothing of the one before it", () => {
    const first = bookmakerOf({ key: "a", title: "A", last_update: "1", markets: [] }, []);
    bookmakerOf({ key: "b", title: "B", last_update: "2", markets: [] }, []);
    expect(first).toStrictEqual({ key: "a", title: "A", last_update: "1", markets: [] });
  });
});

describe("Two things of one kind", () => {
  it("are the same where all of their other fields are equal", () => {
    fc.assert(
      fc.property(pairs(event), pairs(bookmaker), pairs(market), (events, bookmakers, markets) => {
        // What has another id or key is never compared.
        for (const [was, now] of events) {
          if (was.id === now.id) expect(isSameEvent(was, now)).toBe(areEqualBut(was, now, "bookmakers"));
        }
        for (const [was, now] of bookmakers) {
          if (was.key === now.key)
            expect(isSameBookmaker(was, now)).toBe(areEqualBut(was, now, "markets", "last_update"));
        }
        for (const [was, now] of markets) {
          const names = ["outcomes", "last_update", "changed_at"];
          if (was.key === now.key) expect(isSameMarket(was, now)).toBe(areEqualBut(was, now, ...names));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
