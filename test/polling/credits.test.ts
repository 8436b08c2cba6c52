import { describe, expect, it } from "vitest";
import { Clock } from "../../src/polling/clock.js";
import { Credits } from "../../src/polling/credits.js";
import { rememberingLog } from "../helpers/start-app.js";

const quota = (remaining: number | null, used: number | null = null, last: number | null = null) => ({
  remaining,
  used,
  last,
});

function setUp(now = Date.UTC(2026, 10, 22)) {
  const log = rememberingLog();
  const clock = { now };
  const steady = () => clock.now;
  const credits = new Credits({ resetDay: 1, reserve: { share: 0.02 } }, log, new Clock(steady, steady));
  const warnings = () => log.lines.filter((line) => line.level === "warn").map((line) => line.message);
  return { credits, log, clock, warnings };
}

describe("the books", () => {
  it("know nothing before the upstream says something, and refuse nothing then", () => {
    const { credits } = setUp();
    expect(credits.account).toBeNull();
    credits.hear(quota(null));
    expect(credits.account).toBeNull();
    expect(credits.refusal(3)).toBeUndefined();
  });

  it("learn the plan and the reserve from what is used and what remains", () => {
    const { credits } = setUp();
    credits.hear(quota(19_000, 1000));
    expect(credits.account).toEqual({
      remaining: 19_000,
      used: 1000,
      plan: 20_000,
      reserve: 400,
      resetAt: Date.UTC(2026, 11, 1),
    });
  });

  it("count down by themselves where a header is missing or no number", () => {
    const { credits } = setUp();
    credits.hear(quota(100, 400));
    expect(credits.spent("a", 3, quota(null, null, null))).toBe(3);
    expect(credits.spent("a", 3, undefined)).toBe(3);
    expect(credits.account?.remaining).toBe(94);
    expect(credits.spending().bySport).toEqual({ a: 6 });
  });

  it("believe the headers when credits fall by more than predicted: somebody else uses the key too", () => {
    const { credits } = setUp();
    credits.hear(quota(1000, 0));
    credits.spent("a", 3, quota(700, 300, 3));
    expect(credits.account?.remaining).toBe(700);
    expect(credits.spending().bySport).toEqual({ a: 3 });
  });

  it("say once that a read cost something else than predicted", () => {
    const { credits, warnings } = setUp();
    credits.hear(quota(1_000_000, 0));
    for (let i = 1; i < 4; i += 1) credits.spent("a", 3, quota(1_000_000 - i * 9, i * 9, 9));
    expect(warnings()).toEqual(["A read of a cost 9 credits where 3 were expected"]);
  });

  it("take a jump up for the reset, and warn anew afterwards", () => {
    const { credits, log, warnings } = setUp();
    credits.hear(quota(90, 410));
    credits.hear(quota(500, 0));
    expect(log.lines.map((line) => line.message)).toContain("Credits came back: 500 remain");
    credits.hear(quota(240, 260));
    expect(warnings()).toEqual([
      "Only 18 % of the plan's credits are left",
      "Only 48 % of the plan's credits are left",
    ]);
  });

  it("warn once each at 50, 20, 10 and 5 %", () => {
    const { credits, warnings } = setUp();
    for (let remaining = 1000; remaining >= 0; remaining -= 10)
      credits.hear(quota(remaining, 1000 - remaining));
    expect(warnings().map((message) => message.match(/\d+/)?.[0])).toEqual(["50", "20", "10", "5"]);
  });

  it("refuse what would touch the reserve, with a reason, and what is free never", () => {
    const { credits } = setUp();
    credits.hear(quota(12, 488));
    expect(credits.refusal(2)).toBeUndefined();
    expect(credits.refusal(3)).toMatchObject({ code: "OUT_OF_USAGE_CREDITS", reason: "CREDIT_RESERVE" });
    expect(credits.refusal(0)).toBeUndefined();
  });

  it.each([
    [1, Date.UTC(2026, 10, 22), Date.UTC(2026, 11, 1)],
    [15, Date.UTC(2026, 10, 22), Date.UTC(2026, 11, 15)],
    [30, Date.UTC(2026, 10, 22), Date.UTC(2026, 10, 30)],
    [31, Date.UTC(2027, 1, 1), Date.UTC(2027, 1, 28)],
    [1, Date.UTC(2026, 11, 31, 23), Date.UTC(2027, 0, 1)],
  ])("know the next reset on day %i", (resetDay, now, resetAt) => {
    const credits = new Credits(
      { resetDay, reserve: { credits: 5 } },
      rememberingLog(),
      new Clock(() => now),
    );
    credits.hear(quota(10, 0));
    expect(credits.account?.resetAt).toBe(resetAt);
  });
});
