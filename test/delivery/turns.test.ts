import { describe, expect, it } from "vitest";
import { TURN_MS, Turns } from "../../src/delivery/turns.js";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Takes the loop for a while (ms), as making a board does. */
function busy(ms: number): undefined {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe("Work in turns", () => {
  it("is done at once where nothing waits", async () => {
    const turns = new Turns(0.5);
    const done: number[] = [];
    for (const n of [1, 2, 3]) void turns.do(() => void done.push(n));
    expect(done).toEqual([1, 2, 3]);
    await pause(1);
    void turns.do(() => void done.push(4));
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it.each([0.5, 0.9])("is done in order, and in %d of the time at most", async (share) => {
    const turns = new Turns(share);
    const done: number[] = [];
    const began = performance.now();
    const works = Array.from({ length: 20 }, (_, n) =>
      turns.do(() => {
        done.push(n);
        return busy(TURN_MS / 2.5);
      }),
    );
    // The first of them, up to a rest.
    expect(done.length).toBeLessThanOrEqual(3);
    await Promise.all(works);
    expect(done).toEqual(Array.from({ length: 20 }, (_, n) => n));
    // But for the rest after the last turn.
    const worked = (20 * TURN_MS) / 2.5;
    expect(performance.now() - began).toBeGreaterThan(worked / share - 2 * TURN_MS);
  });

  it("leaves the loop free between two turns", async () => {
    const turns = new Turns(0.9);
    let beats = 0;
    const heart = setInterval(() => {
      beats += 1;
    }, 1);
    await Promise.all(Array.from({ length: 10 }, () => turns.do(() => busy(TURN_MS))));
    clearInterval(heart);
    expect(beats).toBeGreaterThanOrEqual(8);
  });

  it("waits for what goes on elsewhere, and counts that in", async () => {
    const turns = new Turns(0.5);
    const done: string[] = [];
    const began = performance.now();
    const first = turns.do(() => pause(3 * TURN_MS).then(() => void done.push("elsewhere")));
    const second = turns.do(() => void done.push("here"));
    await Promise.all([first, second]);
    expect(done).toEqual(["elsewhere", "here"]);
    expect(performance.now() - began).toBeGreaterThan(5.5 * TURN_MS);
  });

  it("goes on behind what failed, here or elsewhere", async () => {
    const turns = new Turns(0.5);
    const fault = new Error("a fault");
    const failed = [
      turns.do(() => {
        throw fault;
      }),
      turns.do(() => Promise.reject(fault)),
    ];
    const done = turns.do(() => undefined);
    expect(await Promise.allSettled(failed)).toEqual([
      { status: "rejected", reason: fault },
      { status: "rejected", reason: fault },
    ]);
    await done;
  });
});
