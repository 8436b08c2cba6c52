import { describe, expect, it } from "vitest";
import { type ClosingSport, gameKey, planClosings, slotsOf } from "../../src/polling/closing-plan.js";
import type { Account } from "../../src/polling/credits.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = Date.UTC(2026, 10, 1);
const account = (remaining: number): Account => ({
  plan: 500,
  remaining,
  used: 500 - remaining,
  reserve: 10,
  resetAt: NOW + 14 * DAY_MS,
});

/** A sport with a slot of so many games each day of the coming week, at noon. */
const daily = (sport: string, games: number): ClosingSport => ({
  sport,
  cost: 3,
  games: Array.from({ length: 7 }, (_, day) =>
    Array.from({ length: games }, (_, i) => ({
      id: `${day}-${i}`,
      start: NOW + day * DAY_MS + 12 * HOUR_MS,
    })),
  ).flat(),
});

describe("the plan of closing reads", () => {
  it("has one slot for games that start within 30 s", () => {
    const games = [0, 10_000, 30_000, 31_000, 90_000].map((after, i) => ({
      id: `${i}`,
      start: NOW + HOUR_MS + after,
    }));
    const slots = slotsOf({ sport: "a", cost: 3, games }, NOW, NOW + DAY_MS);
    expect(slots.map((slot) => slot.games.length)).toEqual([3, 1, 1]);
  });

  it("names the price of the coming week, and keeps that of the time to the reset", () => {
    const plan = planClosings([daily("a", 4), daily("b", 1)], account(500), NOW);
    expect(plan).toMatchObject({ slots: 14, games: 35, credits: 42, share: 1, skippedSlots: 0 });
    expect(plan.earmarked).toBeGreaterThanOrEqual(84);
    expect(plan.earmarked).toBeLessThan(100);
  });

  it("expects as many games beyond the list as on it", () => {
    const { games } = daily("a", 1);
    const { credits, expected } = planClosings(
      [{ sport: "a", cost: 3, games: games.slice(0, 2) }],
      null,
      NOW,
    );
    expect(credits).toBe(6);
    // Three a week would be 9, seven 21.
    expect(expected).toBeGreaterThan(15);
    expect(expected).toBeLessThanOrEqual(21);
  });

  it("leaves out the slots with fewest games where the credits do not last for all", () => {
    const plan = planClosings([daily("a", 4), daily("b", 1)], account(10 + 50), NOW);
    expect(plan.share).toBeLessThan(1);
    expect(plan.earmarked).toBe(50);
    const isSkipped = (sport: string) => [...plan.skipped].filter((key) => key.startsWith(sport)).length;
    expect(isSkipped("a")).toBe(0);
    expect(isSkipped("b")).toBeGreaterThan(3);
  });

  it("spreads over the week what is left out among slots alike", () => {
    const many = Array.from({ length: 10 }, (_, i) => daily(`sport${i}`, 1));
    const { skipped } = planClosings(many, account(10 + 210), NOW);
    const days = new Set([...skipped].map((key) => key.split(" ")[1]?.split("-")[0]));
    expect(days.size).toBeGreaterThan(4);
    expect(skipped.has(gameKey("sport0", { id: "none" }))).toBe(false);
  });

  it("leaves nothing out where nothing is paid, or nothing is known of the credits", () => {
    const free = { ...daily("a", 1), cost: 0 };
    expect(planClosings([free], account(0), NOW)).toMatchObject({ share: 1, earmarked: 0, credits: 0 });
    expect(planClosings([daily("a", 1)], null, NOW)).toMatchObject({ share: 1, earmarked: 0, credits: 21 });
  });
});
