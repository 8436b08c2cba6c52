import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TURN_MS, Turns } from "../../src/delivery/turns.js";

/** Takes the loop for a while (ms), as making a board does. */
function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe("What may wait", () => {
  it("is done at once while the turn has room", () => {
    const turns = new Turns();
    const done: number[] = [];
    for (const n of [1, 2, 3]) turns.take(() => done.push(n));
    expect(done).toEqual([1, 2, 3]);
  });

  it("is done in order, some of it in each turn, and lets the loop go on in between", async () => {
    const turns = new Turns();
    const done: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      turns.take(() => {
        busy(TURN_MS / 2.5);
        done.push(n);
      });
    }
    const seen = [done.length];
    while (done.length < 20) {
      await nextTurn();
      seen.push(done.length);
    }
    expect(done).toEqual(Array.from({ length: 20 }, (_, n) => n));
    const steps = seen.map((count, i) => count - (seen[i - 1] ?? 0));
    // Three fit into a turn; a busy machine may do less in one.
    expect(Math.max(...steps)).toBeLessThanOrEqual(3);
    expect(seen.length).toBeGreaterThan(6);
  });

  it("makes whoever asks for room wait for what came before", async () => {
    const turns = new Turns();
    const done: string[] = [];
    turns.take(() => busy(TURN_MS));
    turns.take(() => done.push("work"));
    const room = turns.next().then(() => done.push("room"));
    expect(done).toEqual([]);
    await room;
    expect(done).toEqual(["work", "room"]);
    turns.take(() => done.push("later"));
    await nextTurn();
    expect(done).toEqual(["work", "room", "later"]);
  });
});
