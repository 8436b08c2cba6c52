import { describe, expect, it } from "vitest";
import { Backoff } from "../../src/polling/backoff.js";
import { type Recovery, SourceError } from "../../src/source-error.js";

const T = 1_800_000_000_000;
const MINUTE = 60_000;

function fault(recovery: Recovery, reason = "UPSTREAM_FAILED", retryAfterMs?: number): SourceError {
  return new SourceError("UPSTREAM_FAILED", "It failed.", recovery, reason, retryAfterMs);
}

/** How long a sport is left alone from `now` on, to the ms. */
function heldFor(backoff: Backoff, sport: string, now: number): number {
  return (backoff.trouble(sport)?.until ?? now) - now;
}

describe("the backoff", () => {
  it("lets everything be read while all is well", () => {
    const backoff = new Backoff();
    expect(backoff.mayRead("a", T)).toBe(true);
    expect(backoff.trouble("a")).toBeUndefined();
    expect(backoff.succeeded("a", T)).toBe(false);
  });

  it("waits 2 s after a first failure and twice as long after each further one, up to a minute", () => {
    const backoff = new Backoff(() => 0);
    const waits: number[] = [];
    for (let now = T, i = 0; i < 8; i++) {
      backoff.failed("a", fault("retry"), now, now);
      waits.push(heldFor(backoff, "a", now) / 1000);
      now += heldFor(backoff, "a", now) + 1;
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it("adds up to half of the wait by chance, so that servers do not come back in step", () => {
    const waits = [0, 0.5, 1].map((chance) => {
      const backoff = new Backoff(() => chance);
      backoff.failed("a", fault("retry"), T, T);
      return heldFor(backoff, "a", T);
    });
    expect(waits).toEqual([2000, 2500, 3000]);
  });

  it("begins anew after a success, and after another kind of trouble", () => {
    const backoff = new Backoff(() => 0);
    backoff.failed("a", fault("retry"), T, T);
    backoff.failed("a", fault("retry"), T + 3000, T + 3000);
    expect(backoff.failed("a", fault("retry", "OTHER"), T + 9000, T + 9000)).toBe(true);
    expect(heldFor(backoff, "a", T + 9000)).toBe(2000);
    expect(backoff.succeeded("a", T + 12_000)).toBe(true);
    expect(backoff.trouble("a")).toBeUndefined();
    backoff.failed("a", fault("retry"), T + 13_000, T + 13_000);
    expect(heldFor(backoff, "a", T + 13_000)).toBe(2000);
  });

  it("calls a failure news once, not each time it repeats", () => {
    const backoff = new Backoff();
    expect(backoff.failed("a", fault("retry"), T, T)).toBe(true);
    expect(backoff.failed("a", fault("retry"), T + 5000, T + 5000)).toBe(false);
    expect(backoff.failed("b", fault("retry"), T, T)).toBe(true);
  });

  it.each<[Recovery, number]>([
    ["person", 10 * MINUTE],
    ["remember", 60 * MINUTE],
  ])("looks again rarely at what asking does not mend: %s", (recovery, wait) => {
    const backoff = new Backoff(() => 1);
    backoff.failed("a", fault(recovery), T, T);
    expect(backoff.mayRead("a", T + wait - 1)).toBe(false);
    expect(backoff.mayRead("a", T + wait)).toBe(true);
  });

  it.each<[Recovery, boolean]>([
    ["retry", true],
    ["remember", true],
    ["slow-down", false],
    ["person", false],
  ])("after a trouble of kind %s, other sports may be read: %s", (recovery, mayRead) => {
    const backoff = new Backoff();
    backoff.failed("a", fault(recovery), T, T);
    expect(backoff.mayRead("a", T + 1)).toBe(false);
    expect(backoff.mayRead("b", T + 1)).toBe(mayRead);
    expect(backoff.trouble("b") === undefined).toBe(mayRead);
  });

  it("waits as long as Retry-After asks, but never less than its own wait nor more than an hour", () => {
    const waits = [500, 30_000, 86_400_000].map((retryAfter) => {
      const backoff = new Backoff(() => 0);
      backoff.failed("a", fault("slow-down", "UPSTREAM_RATE_LIMITED", retryAfter), T, T);
      return heldFor(backoff, "a", T);
    });
    expect(waits).toEqual([2000, 30_000, 60 * MINUTE]);
  });

  it("sends one read ahead after a trouble of all sports; the others wait for its word", () => {
    const backoff = new Backoff(() => 0);
    backoff.failed("a", fault("slow-down"), T, T);
    const after = T + 2000;
    expect(backoff.mayRead("a", after)).toBe(true);
    expect(backoff.mayRead("b", after)).toBe(false);
    expect(backoff.succeeded("a", after)).toBe(true);
    expect(backoff.mayRead("b", after)).toBe(true);
  });

  it("sends another one ahead when no word comes", () => {
    const backoff = new Backoff(() => 0);
    backoff.failed("a", fault("slow-down"), T, T);
    expect(backoff.mayRead("a", T + 2000)).toBe(true);
    expect(backoff.mayRead("b", T + 16_999)).toBe(false);
    expect(backoff.mayRead("b", T + 17_000)).toBe(true);
  });

  it("does not take a trouble of all sports for ended by a read that was under way when it was met", () => {
    const backoff = new Backoff(() => 0);
    backoff.failed("a", fault("slow-down"), T, T + 50);
    expect(backoff.succeeded("b", T)).toBe(false);
    expect(backoff.mayRead("b", T + 100)).toBe(false);
  });

  it("does not count reads that were under way together as failures one after the other", () => {
    const backoff = new Backoff(() => 0);
    expect(backoff.failed("a", fault("slow-down"), T, T + 50)).toBe(true);
    for (const sport of ["b", "c", "d"]) {
      expect(backoff.failed(sport, fault("slow-down"), T, T + 60)).toBe(false);
    }
    expect(heldFor(backoff, "a", T + 50)).toBe(2000);
  });

  it("keeps the trouble of a thousand sports at most", () => {
    const backoff = new Backoff();
    for (let i = 0; i <= 1000; i++) backoff.failed(`sport_${i}`, fault("remember"), T, T);
    expect(backoff.trouble("sport_0")).toBeUndefined();
    expect(backoff.trouble("sport_1")).toBeDefined();
    expect(backoff.trouble("sport_1000")).toBeDefined();
  });
});
