import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatPrice,
  fromFraction,
  oddsFormatOf,
  toAmerican,
  toDecimal,
  toFraction,
} from "../../src/prices/formats.js";
import { booksum, hold, impliedChance } from "../../src/prices/implied.js";

const hundredths = fc.integer({ min: 101, max: 100_000 }).map((hundredth) => hundredth / 100);

describe("formats of a price", () => {
  // The Odds API's own examples: https://the-odds-api.com/sports-odds-data/odds-format.html
  it.each([
    [1.4, -250],
    [3.9, 290],
  ])("are The Odds API's: %d is %d", (decimal, american) => {
    expect(toAmerican(decimal)).toBe(american);
    expect(toDecimal(american, "american")).toBeCloseTo(decimal, 12);
  });

  it.each([
    { decimal: 1.001, says: ["1.001", "-100000", "1/1000", "99.9%"] },
    { decimal: 1.01, says: ["1.01", "-10000", "1/100", "99.0%"] },
    { decimal: 1.02, says: ["1.02", "-5000", "1/50", "98.0%"] },
    { decimal: 1.2, says: ["1.20", "-500", "1/5", "83.3%"] },
    { decimal: 1.62, says: ["1.62", "-161", "8/13", "61.7%"] },
    { decimal: 1 + 100 / 110, says: ["1.91", "-110", "10/11", "52.4%"] },
    { decimal: 1.999, says: ["2.00", "+100", "1/1", "50.0%"] },
    { decimal: 2, says: ["2.00", "+100", "1/1", "50.0%"] },
    { decimal: 2.38, says: ["2.38", "+138", "11/8", "42.0%"] },
    { decimal: 4, says: ["4.00", "+300", "3/1", "25.0%"] },
    { decimal: 15.5, says: ["15.50", "+1450", "29/2", "6.5%"] },
    { decimal: 1001, says: ["1001.00", "+100000", "1000/1", "0.1%"] },
    { decimal: 5001, says: ["5001.00", "+500000", "5000/1", "0.02%"] },
  ])("of $decimal are $says", ({ decimal, says }) => {
    const formats = ["decimal", "american", "fractional", "percent"] as const;
    expect(formats.map((format) => formatPrice(decimal, format))).toEqual(says);
  });

  it("know what is no price", () => {
    for (const none of [1, 0.9, 0, -2, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(toDecimal(none, "decimal")).toBeUndefined();
    }
    for (const none of [0, 99, -99.5, Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(toDecimal(none, "american")).toBeUndefined();
    }
  });

  it("go from American to decimal and back without loss", () => {
    const american = fc.oneof(fc.integer({ min: 100, max: 1e6 }), fc.integer({ min: -1e6, max: -101 }));
    fc.assert(
      fc.property(american, (price) => {
        expect(toAmerican(toDecimal(price, "american") ?? 0)).toBe(price);
      }),
    );
    expect(toAmerican(toDecimal(-100, "american") ?? 0)).toBe(100);
  });

  it("go from decimal to fractional and back to the same two places, up to odds of 11", () => {
    fc.assert(
      fc.property(fc.integer({ min: 110, max: 1099 }), (hundredth) => {
        // What lies between two hundredths is the upper one's, as 11/8 (2.375) is 2.38.
        expect(Math.floor(fromFraction(toFraction(hundredth / 100)) * 100 + 0.5 + 1e-9)).toBe(hundredth);
      }),
      { numRuns: 1000 },
    );
  });

  it("keep the order of prices, and never say that odds win nothing or are certain", () => {
    fc.assert(
      fc.property(hundredths, hundredths, (one, other) => {
        fc.pre(one < other);
        expect(toAmericanScale(one)).toBeLessThanOrEqual(toAmericanScale(other));
        expect(fromFraction(toFraction(one))).toBeLessThanOrEqual(fromFraction(toFraction(other)));
        expect(Number(formatPrice(one, "decimal"))).toBeLessThan(Number(formatPrice(other, "decimal")));
        expect(Number.parseFloat(formatPrice(one, "percent"))).toBeLessThan(100);
        expect(Number.parseFloat(formatPrice(other, "percent"))).toBeGreaterThan(0);
      }),
    );
  });

  it("are told from a board's prices", () => {
    expect(oddsFormatOf([-110, -110, 250])).toBe("american");
    expect(oddsFormatOf([1.01, 1000])).toBe("decimal");
    expect(oddsFormatOf([150, 12, 300])).toBe("decimal");
    expect(oddsFormatOf([])).toBe("decimal");
  });
});

describe("a market's prices together", () => {
  it("hold what the words of the trade say of them", () => {
    expect(impliedChance(4)).toBe(0.25);
    expect(booksum([1.23, 4])).toBeCloseTo(1.063, 3);
    expect(hold([1.23, 4])).toBeCloseTo(0.059, 3);
  });

  it("hold 4.5 % at -110 on both sides, and 0 at evens", () => {
    const price = toDecimal(-110, "american") ?? 0;
    expect(booksum([price, price])).toBeCloseTo(1.047619, 6);
    expect(hold([price, price])).toBeCloseTo(0.0454545, 6);
    expect(hold([2, 2])).toBe(0);
  });
});

/** American odds on one scale: from -100 on, what is lost on the one side is won on the other. */
function toAmericanScale(decimal: number): number {
  const american = toAmerican(decimal);
  return american < 0 ? american + 200 : american;
}
