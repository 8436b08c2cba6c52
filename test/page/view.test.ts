import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONSENSUS, FIRST_VIEW, FORMATS, queryOf, type View, viewOf } from "../../src/page/view.js";
import { FAIR_METHODS, MARKETS } from "../../src/prices/index.js";

const key = fc.stringMatching(/^[a-z0-9_]{1,20}$/);

const anyView: fc.Arbitrary<View> = fc.record({
  of: fc.constantFrom("board", "server"),
  sport: fc.option(key),
  event: fc.option(fc.stringMatching(/^[0-9a-f]{32}$/)),
  market: fc.option(fc.constantFrom(...MARKETS)),
  outcome: fc.option(fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" })),
  format: fc.constantFrom(...FORMATS),
  method: fc.constantFrom(...FAIR_METHODS),
  by: fc.oneof(fc.constant(CONSENSUS), key),
  find: fc.string({ maxLength: 40, unit: "grapheme" }),
  hidden: fc.uniqueArray(key, { maxLength: 5 }).map((keys) => keys.sort()),
  inPlay: fc.boolean(),
});

describe("what is looked at, in the address", () => {
  it("is read again as it was written", () => {
    fc.assert(
      fc.property(anyView, (view) => {
        // A board has all outcomes: one is chosen of an event only.
        const outcome = view.event === null ? null : view.outcome;
        expect(viewOf(queryOf(view))).toEqual({ ...FIRST_VIEW, ...view, outcome });
      }),
    );
  });

  it("says nothing where nothing was wished", () => {
    expect(queryOf(FIRST_VIEW)).toBe("");
    expect(viewOf("")).toEqual(FIRST_VIEW);
  });

  it("takes what it does not know as if it were not there", () => {
    const view = viewOf(
      "?market=props&format=roman&fair=magic&view=kitchen&hide=,a,,a&sport=&inplay=yes&x=1",
    );
    expect(view).toEqual({ ...FIRST_VIEW, hidden: ["a"] });
  });
});
