import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAIR_METHODS, type FairMethod, fairChances } from "../../src/prices/fair.js";
import { fallsToZero } from "../../src/prices/root.js";

function chancesOf(prices: readonly number[], method: FairMethod): readonly number[] {
  const fair = fairChances(prices, method);
  if (!fair.ok) throw new Error(`${method} of ${prices}: ${fair.problem}`);
  return fair.chances;
}

/** Markets of 2 to 30 outcomes by a made-up bookmaker: its margin is 0.1 to 40 %, and no price is below 1.001. */
const markets = fc
  .record({
    weights: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 30 }),
    margin: fc.double({ min: 0.001, max: 0.4, noNaN: true }),
  })
  .map(({ weights, margin }) => {
    const all = weights.reduce((sum, weight) => sum + weight);
    return weights.map((weight) => all / weight / (1 + margin));
  })
  .filter((prices) => prices.every((price) => price > 1.001));

describe("published fair chances", () => {
  // https://github.com/opisthokonta/implied (R package by J. C. Lindstrøm): README and vignette.
  const matches = [
    [4.2, 3.7, 1.95],
    [2.45, 3.7, 2.9],
    [2.05, 3.2, 3.8],
  ];
  const IMPLIED: Partial<Record<FairMethod, { chances: number[][]; parameters?: number[] }>> = {
    multiplicative: {
      chances: [
        [0.2331556, 0.2646631, 0.5021813],
        [0.3988848, 0.2641264, 0.3369888],
        [0.4586948, 0.2938514, 0.2474538],
      ],
    },
    power: {
      chances: [
        [0.2311414, 0.2630644, 0.5057942],
        [0.4003156, 0.2627189, 0.3369655],
        [0.4667139, 0.2908985, 0.2423876],
      ],
      // It gives the exponent from fair to implied.
      parameters: [1 / 0.9797664, 1 / 0.9788115, 1 / 0.9419744],
    },
    shin: {
      chances: [
        [0.2315716, 0.2635742, 0.5048542],
        [0.4000221, 0.2629271, 0.3370508],
        [0.4645882, 0.2919788, 0.2434331],
      ],
      parameters: [0.01061048, 0.01163552, 0.03182353],
    },
  };
  it.each(Object.keys(IMPLIED) as FairMethod[])("are those of the R package implied: %s", (method) => {
    for (const [i, prices] of matches.entries()) {
      const fair = fairChances(prices, method);
      if (!fair.ok) throw new Error(fair.problem);
      const expected = IMPLIED[method]?.chances[i] ?? [];
      // Its solver (uniroot) stops early, after some 6 figures.
      for (const [j, chance] of fair.chances.entries()) {
        expect(chance).toBeCloseTo(expected[j] ?? Number.NaN, method === "multiplicative" ? 7 : 5);
      }
      const parameter = IMPLIED[method]?.parameters?.[i];
      if (parameter !== undefined) expect(fair.parameter).toBeCloseTo(parameter, 4);
    }
  });

  // http://docs.pena.lt/y/implied/implied.html (penaltyblog, by M. Eastwood).
  it.each<[FairMethod, number[], number | null]>([
    ["multiplicative", [0.35873804, 0.42112726, 0.2201347], null],
    ["additive", [0.3595618, 0.42397404, 0.21646416], null],
    ["power", [0.3591711, 0.42373075, 0.21709815], 1.0309132393169356],
    ["shin", [0.35934392, 0.42324385, 0.21741223], 0.016236442857291165],
  ])("are those of penaltyblog: %s", (method, expected, parameter) => {
    const fair = fairChances([2.7, 2.3, 4.4], method);
    if (!fair.ok) throw new Error(fair.problem);
    for (const [i, chance] of fair.chances.entries()) expect(chance).toBeCloseTo(expected[i] ?? 0, 8);
    if (parameter !== null) expect(fair.parameter).toBeCloseTo(parameter, 9);
  });

  // https://pypi.org/project/shin (by M. Johns).
  it("are those of the Python package shin", () => {
    const fair = fairChances([2.6, 2.4, 4.3], "shin");
    if (!fair.ok) throw new Error(fair.problem);
    const expected = [0.37299406033208965, 0.4047794109200184, 0.2222265287474275];
    for (const [i, chance] of fair.chances.entries()) expect(chance).toBeCloseTo(expected[i] ?? 0, 10);
    expect(fair.parameter).toBeCloseTo(0.01694251276407055, 9);
    const two = chancesOf([1.5, 2.74], "shin");
    expect(two[0]).toBeCloseTo(0.6508515815085157, 12);
  });
});

describe("fair chances", () => {
  it("are above 0 and add up to 1 by every method that gives any", () => {
    fc.assert(
      fc.property(markets, fc.constantFrom(...FAIR_METHODS), (prices, method) => {
        const fair = fairChances(prices, method);
        if (!fair.ok) {
          expect([method, fair.problem]).toEqual(["additive", "NEGATIVE"]);
          return;
        }
        expect(fair.chances.reduce((sum, chance) => sum + chance)).toBeCloseTo(1, 12);
        expect(fair.chances.every((chance) => chance > 0 && chance < 1)).toBe(true);
      }),
    );
  });

  it("keep the order of the prices", () => {
    fc.assert(
      fc.property(markets, fc.constantFrom(...FAIR_METHODS), (prices, method) => {
        const fair = fairChances(prices, method);
        if (!fair.ok) return;
        const { chances } = fair;
        for (const [i, price] of prices.entries()) {
          for (const [j, other] of prices.entries()) {
            if (price < other) expect(chances[i]).toBeGreaterThanOrEqual(chances[j] ?? 1);
          }
        }
      }),
    );
  });

  it("agree where there is no margin", () => {
    fc.assert(
      fc.property(markets, (prices) => {
        const without = chancesOf(prices, "multiplicative");
        for (const method of FAIR_METHODS) {
          const chances = chancesOf(
            without.map((chance) => 1 / chance),
            method,
          );
          for (const [i, chance] of chances.entries()) expect(chance).toBeCloseTo(without[i] ?? 0, 10);
        }
      }),
    );
  });

  it("are those of Shin's model: a bookmaker of his, made of chances and insiders, is read back", () => {
    const models = fc.record({
      weights: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 30 }),
      z: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
    });
    fc.assert(
      fc.property(models, ({ weights, z }) => {
        const all = weights.reduce((sum, weight) => sum + weight);
        const chances = weights.map((weight) => weight / all);
        // Shin 1993, equation 5.
        const roots = chances.map((chance) => Math.sqrt(z * chance + (1 - z) * chance ** 2));
        const sum = roots.reduce((total, root) => total + root);
        const prices = roots.map((root) => 1 / (root * sum));
        fc.pre(prices.every((price) => price > 1));
        const fair = fairChances(prices, "shin");
        if (!fair.ok) throw new Error(fair.problem);
        expect(fair.parameter).toBeCloseTo(z, 7);
        for (const [i, chance] of fair.chances.entries()) expect(chance).toBeCloseTo(chances[i] ?? 0, 9);
      }),
    );
  });

  it("are the same by Shin and the additive method with two outcomes (Clarke et al. 2017)", () => {
    fc.assert(
      fc.property(
        markets.filter(({ length }) => length === 2),
        (prices) => {
          expect(chancesOf(prices, "shin")[0]).toBeCloseTo(chancesOf(prices, "additive")[0] ?? 0, 10);
        },
      ),
    );
  });

  it("give a long shot less by additive, power and Shin than by the multiplicative method", () => {
    const longshot = (method: FairMethod) => chancesOf([1.25, 15, 6], method)[1] ?? 1;
    for (const method of ["additive", "power", "shin"] as const) {
      expect(longshot(method)).toBeLessThan(longshot("multiplicative"));
    }
  });
});

describe("a method that gives nothing says why", () => {
  it.each(FAIR_METHODS)(
    "%s: of one price, of prices that are none, of prices with an outcome missing",
    (method) => {
      expect(fairChances([1.9], method)).toEqual({ ok: false, problem: "TOO_FEW" });
      for (const none of [1, 0, -2, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(fairChances([1.9, none], method)).toEqual({ ok: false, problem: "TOO_FEW" });
      }
      expect(fairChances([2.2, 3.4], method)).toEqual({ ok: false, problem: "NO_MARGIN" });
    },
  );

  // The prices that the R package's tests call problematic with the additive method.
  it("additive: where a long shot would have less than no chance", () => {
    const prices = [0.87, 0.2, 0.1, 0.05, 0.02, 0.01].map((chance) => 1 / chance);
    expect(fairChances(prices, "additive")).toEqual({ ok: false, problem: "NEGATIVE" });
    for (const method of ["multiplicative", "power", "shin"] as const) {
      expect(fairChances(prices, method).ok).toBe(true);
    }
  });

  it("never NaN, however odd the prices", () => {
    const odd = fc.array(
      fc.oneof(
        fc.double(),
        fc.double({ min: 1, max: 1.0001, noNaN: true }),
        fc.double({ min: 1, max: 1e6, noNaN: true }),
      ),
      { minLength: 2, maxLength: 8 },
    );
    fc.assert(
      fc.property(odd, fc.constantFrom(...FAIR_METHODS), (prices, method) => {
        const fair = fairChances(prices, method);
        if (!fair.ok) {
          expect(["TOO_FEW", "NO_MARGIN", "NEGATIVE", "NOT_CONVERGED"]).toContain(fair.problem);
          return;
        }
        expect(fair.chances.every((chance) => chance > 0 && chance <= 1)).toBe(true);
        expect(fair.chances.reduce((sum, chance) => sum + chance)).toBeCloseTo(1, 9);
      }),
      { numRuns: 1000 },
    );
  });

  it("the solver: where nothing passes 0, or what it meets is no number", () => {
    expect(fallsToZero((at) => 2 - at, 0, 1)).toBeUndefined();
    expect(fallsToZero(() => Number.NaN, 0, 1)).toBeUndefined();
    expect(fallsToZero((at) => (at === 0 ? 1 : at === 1 ? -1 : Number.NaN), 0, 1)).toBeUndefined();
    expect(fallsToZero((at) => 0.3 - at, 0, 1)).toBeCloseTo(0.3, 15);
  });
});
