import { describe, expect, it } from "vitest";
import { Demand } from "../../src/polling/demand.js";

/** Demand with a linger of 10 s, and a clock to set. */
function setup() {
  const clock = { now: 0 };
  const demand = new Demand(10_000, () => clock.now);
  const woken: string[] = [];
  demand.onFirstWanted((sport) => woken.push(sport));
  return { clock, demand, woken };
}

describe("demand", () => {
  it("wants a sport while somebody holds it", () => {
    const { demand, clock } = setup();
    const first = demand.add("a");
    const second = demand.add("a");
    first();
    clock.now = 1_000_000;
    expect(demand.wanted()).toEqual(["a"]);
    second();
    clock.now += 10_000;
    expect(demand.wanted()).toEqual([]);
  });

  it("wants it for the linger after the last one let go, and not longer", () => {
    const { demand, clock } = setup();
    demand.add("a")();
    clock.now = 9999;
    expect(demand.wanted()).toEqual(["a"]);
    clock.now = 10_000;
    expect(demand.wanted()).toEqual([]);
  });

  it("wants nothing longer than that for somebody whom a fault kept from holding it", () => {
    const { demand, clock } = setup();
    demand.onFirstWanted(() => {
      throw new Error("a fault");
    });
    expect(() => demand.add("a")).toThrow("a fault");
    clock.now = 10_000;
    expect(demand.wanted()).toEqual([]);
  });

  it("names a sport once that is held again within the linger", () => {
    const { demand, clock } = setup();
    demand.add("a")();
    const release = demand.add("a");
    expect(demand.wanted()).toEqual(["a"]);
    clock.now = 60_000;
    expect(demand.wanted()).toEqual(["a"]);
    release();
    clock.now = 69_999;
    expect(demand.wanted()).toEqual(["a"]);
  });

  it("takes a release once, however often it is called", () => {
    const { demand } = setup();
    const first = demand.add("a");
    demand.add("a");
    for (let i = 0; i < 3; i++) first();
    expect(demand.wanted()).toEqual(["a"]);
  });

  it("knows since when a sport is wanted without a pause, here or elsewhere", () => {
    const { demand, clock } = setup();
    expect(demand.wantedSince("a")).toBeUndefined();
    clock.now = 1000;
    const release = demand.add("a");
    clock.now = 2000;
    demand.add("a")();
    demand.hear("another", new Map([["a", 1]]));
    release();
    clock.now = 50_000;
    expect(demand.wantedSince("a")).toBe(1000);
    demand.hear("another", new Map());
    expect(demand.wantedSince("a")).toBeUndefined();
    demand.hear("another", new Map([["a", 1]]));
    expect(demand.wantedSince("a")).toBe(50_000);
    demand.hear("another", new Map());
    // Within the linger it goes on.
    demand.add("a")();
    clock.now = 59_999;
    demand.add("a");
    expect(demand.wantedSince("a")).toBe(50_000);
  });

  it("wakes the poller for the first holder only", () => {
    const { demand, woken } = setup();
    const releases = [demand.add("a"), demand.add("a"), demand.add("b")];
    expect(woken).toEqual(["a", "b"]);
    for (const release of releases) release();
    demand.add("a");
    expect(woken).toEqual(["a", "b", "a"]);
  });

  it("leaves nothing behind of a thousand comings and goings", () => {
    const { demand, clock } = setup();
    for (let i = 0; i < 1000; i++) demand.add(`sport_${i % 7}`)();
    expect(demand.wanted()).toHaveLength(7);
    clock.now = 10_000;
    expect(demand.wanted()).toEqual([]);
  });
});
