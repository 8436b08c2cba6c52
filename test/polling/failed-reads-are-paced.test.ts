import { expect, it } from "vitest";
import { SourceError } from "../../src/source-error.js";
import { sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const SPORT = "basketball_nba";
const TICK_MS = 5000;

it.each([
  [
    "without an answer",
    () => new SourceError("UPSTREAM_FAILED", "Too late.", "retry").billed({ charged: 3 }),
  ],
  ["by a fault of ours", () => new TypeError("This is not a board at all.")],
])("Reads that are charged and fail %s are paced like ones that work", async (_name, failure) => {
  const spentBy = async (fails: boolean) => {
    const clock = { now: Date.UTC(2026, 10, 16) };
    const account = { remaining: 250 };
    const quota = () => ({ remaining: account.remaining, used: 500 - account.remaining, last: 0 });
    const parts = pollingParts(
      {
        name: "the-odds-api",
        sports: async () => ({ sports: [sport(SPORT)], quota: quota() }),
        board: async (_sport, at) => {
          account.remaining -= 3;
          if (fails) throw failure();
          return { events: [], fetchedAt: at, paid: { predicted: 3 } };
        },
        cost: () => 3,
        close: () => {},
      },
      () => clock.now,
      "auto",
      TICK_MS,
    );
    await parts.catalog.misspelt();
    parts.demand.add(SPORT);
    for (const end = clock.now + 24 * 3_600_000; clock.now < end; clock.now += TICK_MS) {
      parts.reader.plan(clock.now);
      await parts.reader.read(SPORT, clock.now);
    }
    return 250 - account.remaining;
  };
  const [working, failing] = [await spentBy(false), await spentBy(true)];
  // A board that never came counts as one with games soon.
  expect(failing).toBeLessThanOrEqual(working + 12);
});
