import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/history/encoding.js";
import { propertyRuns } from "../helpers/in-full.js";

const odd = fc.constantFrom(
  "\u0000",
  "\u0000\u0000",
  "\u0000x",
  "",
  " ",
  "1 2",
  "__proto__",
  "\ud800",
  "🏀\u0000",
);
const text = fc.oneof(odd, fc.string());

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe("the encoding of values", () => {
  it("gives every value back as JSON would", () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(decode(encode(given))).toEqual(JSON.parse(JSON.stringify(given)));
      }),
      { numRuns: propertyRuns(20_000) },
    );
  });

  it("keeps numbers out of the shape, so that two prices share one", () => {
    const of = (price: number, point: number) => encode({ outcomes: [{ name: "1 0", price, point }] });
    expect(of(1.91, -3.5).shape).toBe(of(2.05, 231).shape);
    expect(of(1.91, -3.5).numbers).toBe("1.91 -3.5");
  });

  it("has no NUL in it, which PostgreSQL takes in no text", () => {
    const { shape, numbers } = encode({ "\u0000": ["\u0000", 1] });
    expect(shape + numbers).not.toContain("\u0000");
  });
});
