import { describe, expect, it } from "vitest";
import type { Account } from "../../src/polling/credits.js";
import { paceOf, spendingRate, type Tier, tierOf, type Wanted } from "../../src/polling/pacing.js";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 16);

const account = (plan: number, remaining = plan / 2): Account => ({
  plan,
  remaining,
  used: plan - remaining,
  reserve: plan * 0.02,
  resetAt: NOW + 15 * DAY_MS,
});
const want = (sport: string, tier: Tier = "in-play", weight = 1): Wanted => ({
  sport,
  tier,
  weight,
  cost: 3,
});
const pace = (plan: number, ...wanted: Wanted[]) => paceOf(wanted, account(plan), NOW, 5000);

describe("the pace", () => {
  it("is every tick where the credits afford it, or nothing is known of them", () => {
    expect(pace(5_000_000, want("a", "later")).get("a")).toBe(5000);
    expect(paceOf([want("a")], null, NOW, 5000).get("a")).toBe(5000);
  });

  it("is never faster than the upstream's own refresh while credits are scarce", () => {
    expect(pace(100_000, want("a")).get("a")).toBe(40_000);
    expect(paceOf([want("a", "soon")], account(100_000, 50_000), NOW, 5000).get("a")).toBeGreaterThanOrEqual(
      60_000,
    );
  });

  it("gives games in play more than those that start soon, and outrights least", () => {
    const paces = pace(20_000, want("a"), want("b", "soon"), want("c", "later"), want("d", "outright"));
    const order = ["a", "b", "c", "d"].map((sport) => paces.get(sport) ?? 0);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    expect(new Set(order).size).toBe(4);
  });

  it("spends in all no more an hour than the rate", () => {
    const wanted = ["a", "b", "c", "d", "e"].map((sport) => want(sport));
    const paces = pace(20_000, ...wanted);
    const hourly = wanted.reduce(
      (sum, { sport, cost }) => sum + (cost * 3_600_000) / (paces.get(sport) ?? 1),
      0,
    );
    expect(hourly).toBeLessThanOrEqual(spendingRate(account(20_000), NOW).rate * 1.0001);
  });

  it("leaves a sport its share when one client wants all the others", () => {
    const alone = pace(20_000, want("a")).get("a") ?? 0;
    const others = Array.from({ length: 70 }, (_, i) => want(`other${i}`, "in-play", 1 / 70));
    const crowded = pace(20_000, want("a"), ...others).get("a") ?? 0;
    expect(crowded).toBeLessThanOrEqual(2.001 * Math.max(alone, 40_000));
  });

  it("knows what is pressing", () => {
    const board = (commence_time: string | number) => ({
      sport: "a",
      source: "the-odds-api" as const,
      epoch: "e",
      version: 1,
      fetchedAt: NOW,
      events: [{ id: "x", commence_time, bookmakers: [] }],
    });
    expect(tierOf(undefined, board("2026-11-15T23:00:00Z"), NOW)).toBe("in-play");
    expect(tierOf(undefined, board(NOW / 1000 + 3600), NOW)).toBe("soon");
    expect(tierOf(undefined, board("2026-11-19T23:00:00Z"), NOW)).toBe("later");
    expect(tierOf(undefined, undefined, NOW)).toBe("soon");
  });
});
