import { describe, expect, it } from "vitest";
import type { Quota } from "../../src/source-error.js";
import { SourceError } from "../../src/source-error.js";
import { sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const TICK_MS = 5000;
const HOUR_MS = 3_600_000;

/** A poller that nobody watches, on a clock to set, at an upstream whose list can be set to fail. */
async function setUp(quota?: Quota) {
  const clock = { now: Date.UTC(2026, 3, 30, 20) };
  const upstream = { failure: undefined as SourceError | undefined, quota, looks: 0 };
  const { catalog, reader, feed, credits } = pollingParts(
    {
      name: "the-odds-api",
      sports: async () => {
        upstream.looks += 1;
        if (upstream.failure) throw upstream.failure;
        return { sports: [sport("basketball_nba")], quota: upstream.quota };
      },
      board: () => Promise.reject(new Error("not asked for")),
      cost: () => 3,
      close: () => {},
    },
    () => clock.now,
    "auto",
    TICK_MS,
  );
  /** Lets an hour go by, and gives back how often the upstream was asked in it. */
  const hour = async () => {
    const before = upstream.looks;
    for (const end = clock.now + HOUR_MS; clock.now < end; clock.now += TICK_MS) {
      reader.billing.lookWhileInTheWay();
      await new Promise(setImmediate);
    }
    return upstream.looks - before;
  };
  return { upstream, catalog, feed, credits, hour };
}

describe("While nobody watches", () => {
  it("nothing is asked where nothing is in the way", async () => {
    const { catalog, hour } = await setUp({ remaining: 400, used: 100, last: 0 });
    await catalog.list();
    expect(await hour()).toBe(0);
  });

  it.each([
    [
      "of the network up to a minute apart",
      new SourceError("UPSTREAM_FAILED", "It failed.", "retry"),
      40,
      65,
    ],
    ["for the key every ten minutes", new SourceError("INVALID_KEY", "It is refused.", "person"), 5, 7],
  ])(
    "a list that failed is tried again, and not for ever at once: %s",
    async (_what, failure, least, most) => {
      const { upstream, catalog, feed, hour } = await setUp();
      upstream.failure = failure;
      await catalog.list().catch(() => {});
      expect(feed.upstreamTrouble()?.error).toBe(failure);
      const tries = await hour();
      expect(tries).toBeGreaterThanOrEqual(least);
      expect(tries).toBeLessThanOrEqual(most);
      upstream.failure = undefined;
      expect(await hour()).toBe(1);
      expect(feed.upstreamTrouble()).toBeUndefined();
    },
  );

  it("credits that were gone are seen to have come back", async () => {
    const { upstream, catalog, credits, hour } = await setUp({ remaining: 11, used: 489, last: 0 });
    await catalog.list();
    const looks = await hour();
    expect(looks).toBeGreaterThanOrEqual(5);
    expect(looks).toBeLessThanOrEqual(7);
    upstream.quota = { remaining: 500, used: 0, last: 0 };
    expect(await hour()).toBe(1);
    expect(credits.account?.remaining).toBe(500);
  });
});
