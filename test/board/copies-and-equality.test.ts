import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bookmakerOf, eventOf, marketOf } from "../../src/board/copies.js";
import { isEqual, isSameBookmaker, isSameEvent, isSameMarket } from "../../src/board/equality.js";
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

/** What is left of a thing without these fields. */
function without(item: object, ...names: readonly string[]): object {
  const left = Object.entries(item).filter(([name]) => !names.includes(name));
  return Object.assign(Object.create(null), Object.fromEntries(left));
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
      fc.property(
        fc.tuple(event, event),
        fc.tuple(bookmaker, bookmaker),
        fc.tuple(market, market),
        (e, b, m) => {
          for (const [was, now] of [e, [e[0], e[0]] as const]) {
            const rest = isEqual(without(was, "bookmakers"), without(now, "bookmakers"));
            // What has another id is never compared.
            if (was.id === now.id) expect(isSameEvent(was, now)).toBe(rest);
          }
          for (const [was, now] of [b, [b[0], b[0]] as const]) {
            const names = ["markets", "last_update"];
            if (was.key === now.key)
              expect(isSameBookmaker(was, now)).toBe(isEqual(without(was, ...names), without(now, ...names)));
          }
          for (const [was, now] of [m, [m[0], m[0]] as const]) {
            const names = ["outcomes", "last_update", "changed_at"];
            if (was.key === now.key)
              expect(isSameMarket(was, now)).toBe(isEqual(without(was, ...names), without(now, ...names)));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
