import { describe, expect, it } from "vitest";
import { hasTokenInQuery, withoutTokens } from "../../src/transports/auth-presented.js";

describe("What looks like a token", () => {
  it.each([
    ["/api/eyJhbGciOi.eyJzdWIi.c2ln-_", "/api/[token]"],
    ["xeyJa.b.", "x[token]"],
    ["eyJa.b.c.d eyJa.b.c", "[token].d [token]"],
    ["eyJa.eyJb.c.d", "[token].d"],
    ["eyJ eyJa eyJa. eyJa.b eyJa..b", "eyJ eyJa eyJa. eyJa.b eyJa..b"],
    ["eyJa..eyJb.c.d", "eyJa..[token]"],
  ])("is taken out of a text, and nothing else is: %s", (text, left) => {
    expect(withoutTokens(text)).toBe(left);
    expect(hasTokenInQuery(`/odds?x=${encodeURIComponent(text)}`)).toBe(text !== left);
  });

  it.each([
    ["eyJ".repeat(30_000)],
    [`${"eyJ".repeat(20_000)}.${"eyJ".repeat(20_000)}`],
    ["eyJ.".repeat(30_000)],
  ])("is told in no time where a text begins like one again and again", (text) => {
    const began = performance.now();
    withoutTokens(text);
    hasTokenInQuery(`/odds?x=${text}`);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
