import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitrageOf, splitStake } from "../../src/prices/arbitrage.js";
import { fairByConsensus, fairByReference } from "../../src/prices/consensus.js";
import { FAIR_METHODS, fairChances } from "../../src/prices/fair.js";
import { toDecimal } from "../../src/prices/formats.js";
import { middlesOf } from "../../src/prices/middles.js";
import { type Question, questionsOf } from "../../src/prices/questions.js";
import { expectedValue, valuesOf } from "../../src/prices/value.js";

type Prices = readonly (number | undefined)[];

/** A question with these offers on it. */
function question(offers: Record<string, Prices>, market: Question["market"] = "h2h"): Question {
  const [first = []] = Object.values(offers);
  const names = ["Bees", "Ants", "Draw", "Cats"];
  return {
    market,
    line: null,
    answers: first.map((_, i) => ({ name: names[i] ?? `${i}`, point: null })),
    offers: Object.entries(offers).map(([bookmaker, prices]) => ({ bookmaker, prices })),
  };
}

const american = (price: number) => toDecimal(price, "american") ?? 0;

describe("an arbitrage", () => {
  // https://suremargin.live/blog/arbitrage-betting-calculator
  it("is that of a published example: 2.15 and 2.10 win 6.2 %", () => {
    const arbitrage = arbitrageOf(question({ one: [2.15, 1.7], two: [1.75, 2.1] }));
    expect(arbitrage?.profit).toBeCloseTo(0.0624, 4);
    expect(arbitrage?.legs.map(({ bookmakers }) => bookmakers)).toEqual([["one"], ["two"]]);
    expect(arbitrage?.legs[0]?.share).toBeCloseTo(0.4941, 4);
  });

  // https://arbplay.app/guides/how-to-calculate-a-sure-bet
  it("is staked as in a published example: 100 on 2.08 and 2.00 is 49.02 and 50.98, and wins 1.96", () => {
    const { stakes, total, profit } = splitStake([2.08, 2], 100);
    expect(stakes).toEqual([49.02, 50.98]);
    expect(total).toBe(100);
    expect(profit).toBeCloseTo(1.96, 2);
  });

  // https://oddsfetcher.com/guides/surebet-calculator-guide
  it("is three-way as in a published example: 2.80, 3.50 and 3.00 win 2.4 %", () => {
    const arbitrage = arbitrageOf(question({ a: [2.8, 2, 2], b: [2, 2, 3.5], c: [2, 3, 2] }));
    expect(arbitrage?.profit).toBeCloseTo(0.0244, 4);
    // The page rounds on the way: 183.00, 146.36, 170.64.
    expect(splitStake([2.8, 3.5, 3], 500).stakes).toEqual([182.93, 146.34, 170.73]);
  });

  it("is none where the best prices do not win, where an answer has no price, or of a tournament", () => {
    expect(arbitrageOf(question({ a: [2, 1.8], b: [1.8, 2] }))).toBeUndefined();
    expect(arbitrageOf(question({ a: [9, 9, undefined] }))).toBeUndefined();
    expect(arbitrageOf(question({ a: [9], b: [8] }))).toBeUndefined();
    expect(arbitrageOf(question({ a: [9, 9] }, "outrights"))).toBeUndefined();
  });

  it("brings back the same whichever answer it is, and is one exactly if the best prices add up to less than 1", () => {
    const price = fc.double({ min: 1.01, max: 20, noNaN: true });
    const offers = fc.array(fc.tuple(price, price, price), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(offers, (all) => {
        const arbitrage = arbitrageOf(question(Object.fromEntries(all.map((prices, i) => [`${i}`, prices]))));
        const best = [0, 1, 2].map((i) => Math.max(...all.map((prices) => prices[i] ?? 0)));
        const sum = best.reduce((total, one) => total + 1 / one, 0);
        if (!arbitrage) {
          expect(sum).toBeGreaterThanOrEqual(1);
          return;
        }
        expect(sum).toBeLessThan(1);
        const shares = arbitrage.legs.reduce((total, { share }) => total + share, 0);
        expect(shares).toBeCloseTo(1, 12);
        for (const { share, price } of arbitrage.legs) {
          expect(share * price - 1).toBeCloseTo(arbitrage.profit, 10);
        }
      }),
    );
  });

  it("tells what rounded stakes win at least", () => {
    const { stakes, total, profit } = splitStake([2.1, 2.1], 101, 5);
    expect([stakes, total]).toEqual([[50, 50], 100]);
    expect(profit).toBeCloseTo(5, 12);
    expect(splitStake([1.5, 3.2], 10, 10)).toEqual({ stakes: [10, 0], total: 10, profit: -10 });
  });
});

describe("fair prices of several bookmakers", () => {
  const offers = { sharp: [1.95, 1.95], soft: [2.3, 1.6], half: [1.9, undefined] };

  it("are the mean of their fair chances, those that offer all answers", () => {
    const fair = fairByConsensus(question(offers), "multiplicative");
    if (!fair.ok) throw new Error(fair.problem);
    expect(fair.by).toEqual(["sharp", "soft"]);
    const soft = 1 / 2.3 / (1 / 2.3 + 1 / 1.6);
    expect(fair.chances[0]).toBeCloseTo((0.5 + soft) / 2, 12);
    expect((fair.chances[0] ?? 0) + (fair.chances[1] ?? 0)).toBeCloseTo(1, 12);
  });

  it("are one bookmaker's alone, where it is the reference", () => {
    for (const method of FAIR_METHODS) {
      const fair = fairByReference(question(offers), "soft", method);
      const alone = fairChances([2.3, 1.6], method);
      expect(fair).toEqual({ ok: true, chances: alone.ok && alone.chances, by: ["soft"] });
    }
    for (const bookmaker of ["half", "none"]) {
      expect(fairByReference(question(offers), bookmaker, "shin")).toEqual({
        ok: false,
        problem: "NO_OFFER",
      });
    }
  });

  it("are of a tournament's runners, of whom not all bookmakers list all", () => {
    const runners = question({ a: [2, 4, 3, undefined], b: [2, 4, 4, 8], c: [30, 40, 50, 60] }, "outrights");
    const fair = fairByConsensus(runners, "multiplicative");
    if (!fair.ok) throw new Error(fair.problem);
    // What c lists is not nearly all.
    expect(fair.by).toEqual(["a", "b"]);
    expect(fair.chances.reduce<number>((sum, chance) => sum + (chance ?? 0), 0)).toBeCloseTo(1, 12);
    expect(fair.chances[3]).toBeGreaterThan(0);
  });

  it("leave out a bookmaker of whose prices the method makes nothing, and say what lacks if that is all", () => {
    const longShots = [0.87, 0.2, 0.1, 0.02].map((chance) => 1 / chance);
    const runners = question({ a: longShots, b: [4, 4, 4, 4] }, "outrights");
    expect(fairByConsensus(runners, "additive")).toMatchObject({ ok: true, by: ["b"] });
    expect(fairByConsensus({ ...runners, offers: runners.offers.slice(0, 1) }, "additive")).toEqual({
      ok: false,
      problem: "NEGATIVE",
    });
    expect(fairByConsensus(question({ half: [1.9, undefined] }), "shin")).toEqual({
      ok: false,
      problem: "NO_OFFER",
    });
  });
});

describe("an expected value", () => {
  it("is what is won on average for each 1 staked", () => {
    expect(expectedValue(0.5, 2.1)).toBeCloseTo(0.05, 12);
    expect(expectedValue(0.5, american(-110))).toBeCloseTo(-0.0454545, 6);
  });

  it("is 0 at every fair price", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (chance) => {
        expect(expectedValue(chance, 1 / chance)).toBeCloseTo(0, 12);
      }),
    );
  });

  it("picks the prices that are better than fair, the best first", () => {
    const one = question({ a: [2.1, 1.8], b: [2.05, 2.2], c: [1.9, undefined] });
    expect(valuesOf(one, [0.5, 0.5])).toEqual([
      { answer: 1, bookmaker: "b", price: 2.2, expected: expectedValue(0.5, 2.2) },
      { answer: 0, bookmaker: "a", price: 2.1, expected: expectedValue(0.5, 2.1) },
      { answer: 0, bookmaker: "b", price: 2.05, expected: expectedValue(0.5, 2.05) },
    ]);
    expect(valuesOf(one, [undefined, 0.4])).toEqual([]);
  });
});

describe("a middle", () => {
  const lined = (key: string, bookmaker: string, outcomes: [string, number, number][]) => ({
    key: bookmaker,
    markets: [{ key, outcomes: outcomes.map(([name, price, point]) => ({ name, price, point })) }],
  });
  const middles = (...bookmakers: ReturnType<typeof lined>[]) =>
    middlesOf(questionsOf({ home_team: "Jets", away_team: "Raiders", bookmakers }, "american", () => true));

  // King Yao, "Middling", https://bj21.com/category/more/pages/middling: both win where the Jets win by exactly 3.
  it("is that of a published example: Jets -2.5 at -110, Raiders +3.5 at -120", () => {
    const found = middles(
      lined("spreads", "one", [
        ["Jets", -110, -2.5],
        ["Raiders", -110, 2.5],
      ]),
      lined("spreads", "two", [
        ["Jets", 100, -3.5],
        ["Raiders", -120, 3.5],
      ]),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      market: "spreads",
      results: [3],
      legs: [
        { name: "Jets", point: -2.5, bookmakers: ["one"] },
        { name: "Raiders", point: 3.5, bookmakers: ["two"] },
      ],
    });
    // He stakes 110 and 120, and wins 100 of each; loses 20 or 10 elsewhere.
    const [jets, raiders] = [american(-110), american(-120)];
    expect(110 * (jets - 1) + 120 * (raiders - 1)).toBeCloseTo(200, 9);
    const { win = 0, otherwise = 0, breakEven = 0 } = found[0] ?? {};
    expect(breakEven).toBeCloseTo(1 / jets + 1 / raiders - 1, 12);
    expect(breakEven * win + (1 - breakEven) * otherwise).toBeCloseTo(0, 12);
  });

  // https://axiomape.com/point-spread-middle-calculator: both win where the favourite wins by 4, 5, 6 or 7.
  it("is as wide as in a published example: +7.5 and -3.5, on either side", () => {
    const wide = (favourite: string, other: string) =>
      middles(
        lined("spreads", "one", [
          [favourite, -110, -3.5],
          [other, -110, 3.5],
        ]),
        lined("spreads", "two", [
          [favourite, -110, -7.5],
          [other, -110, 7.5],
        ]),
      ).map(({ results }) => results);
    expect(wide("Jets", "Raiders")).toEqual([[4, 5, 6, 7]]);
    expect(wide("Raiders", "Jets")).toEqual([[-7, -6, -5, -4]]);
  });

  it("needs 4.8 % to win on average at -110 on both sides, of a total too", () => {
    const total = (bookmaker: string, point: number) =>
      lined("totals", bookmaker, [
        ["Over", -110, point],
        ["Under", -110, point],
      ]);
    const [found, ...more] = middles(total("one", 46), total("two", 48.5));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ market: "totals", results: [47, 48] });
    expect(found?.breakEven).toBeCloseTo(0.047619, 6);
    expect(found?.win).toBeCloseTo(0.909091, 6);
    expect(found?.otherwise).toBeCloseTo(-0.0454545, 6);
    expect(middles(total("one", 46), total("two", 46.5), total("three", 47))).toEqual([]);
  });
});
