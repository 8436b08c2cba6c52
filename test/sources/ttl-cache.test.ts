import { describe, expect, it } from "vitest";
import { TtlCache } from "../../src/sources/ttl-cache.js";

const T = 1_800_000_000_000;

/** A cache of 5 s, and a loader that counts. */
function setup() {
  let loads = 0;
  const cache = new TtlCache<number>(5000);
  return { get: (key: string, at: number) => cache.get(key, at, async () => ++loads), cache };
}

describe("the cache", () => {
  it("loads a key once within its time", async () => {
    const { get } = setup();
    expect([await get("a", T), await get("a", T + 1), await get("a", T + 4000)]).toEqual([1, 1, 1]);
  });

  it("loads anew with every tick when its time is one tick, though ticks are a few ms off", async () => {
    const { get } = setup();
    const ticks = [0, 5000, 9997, 14_999, 20_001];
    const values: number[] = [];
    for (const tick of ticks) values.push(await get("a", T + tick));
    expect(values).toEqual([1, 2, 3, 4, 5]);
  });

  it("keeps each key for itself", async () => {
    const { get } = setup();
    expect([await get("a", T), await get("b", T), await get("a", T)]).toEqual([1, 2, 1]);
    expect(await get("__proto__", T)).toBe(3);
  });

  it("has those who ask while it loads wait for that one load", async () => {
    const { cache } = setup();
    let finish: (value: number) => void = () => {};
    let loads = 0;
    const slow = () => {
      loads += 1;
      return new Promise<number>((resolve) => {
        finish = resolve;
      });
    };
    const asked = [cache.get("a", T, slow), cache.get("a", T + 20_000, slow)];
    finish(7);
    expect(await Promise.all(asked)).toEqual([7, 7]);
    expect(loads).toBe(1);
  });

  it("does not keep what fails to load", async () => {
    const { cache, get } = setup();
    const failing = () => Promise.reject(new Error("no"));
    await expect(Promise.all([cache.get("a", T, failing), cache.get("a", T, failing)])).rejects.toThrow("no");
    expect(await get("a", T)).toBe(1);
  });

  it("always loads with a time of 0", async () => {
    const cache = new TtlCache<number>(0);
    let loads = 0;
    for (let i = 0; i < 3; i++) await cache.get("a", T, async () => ++loads);
    expect(loads).toBe(3);
  });
});
