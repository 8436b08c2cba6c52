import { describe, expect, it } from "vitest";
import { SourceError } from "../../src/source-error.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const SPORT = "basketball_nba";
const MINUTE_MS = 60_000;

/** A poller at an upstream that counts credits, on a clock to set; `run` lets ticks of a minute go by. */
async function setUp(remaining: number, plan = 500) {
  const clock = { now: Date.UTC(2026, 3, 30, 20) };
  const account = { plan, remaining, reads: 0, looks: 0 };
  const quota = (last: number) => ({
    remaining: account.remaining,
    used: account.plan - account.remaining,
    last,
  });
  const parts = pollingParts(
    {
      name: "the-odds-api",
      sports: async () => {
        account.looks += 1;
        return { sports: [sport(SPORT)], quota: quota(0) };
      },
      board: async (_sport, at) => {
        if (account.remaining < 3) {
          throw new SourceError("OUT_OF_USAGE_CREDITS", "Used up.", "person").billed({ quota: quota(0) });
        }
        account.remaining -= 3;
        account.reads += 1;
        return { events: smallBoard(), fetchedAt: at, paid: { predicted: 3 }, quota: quota(3) };
      },
      cost: () => 3,
      close: () => {},
    },
    () => clock.now,
    "auto",
    MINUTE_MS,
  );
  await parts.catalog.misspelt();
  parts.demand.add(SPORT);
  const run = async (minutes: number) => {
    for (let i = 0; i < minutes; i += 1) {
      parts.reader.plan(clock.now);
      await parts.reader.read(SPORT, clock.now);
      clock.now += MINUTE_MS;
    }
  };
  return { account, run, feed: parts.feed };
}

describe("When the credits come back", () => {
  it("reads go on by themselves after the reserve was reached, seen by rare free looks", async () => {
    const { account, run, feed } = await setUp(19);
    await run(4 * 60);
    expect(account.remaining).toBeGreaterThanOrEqual(10);
    expect(feed.current(SPORT)).toMatchObject({ status: "paused", reason: "CREDIT_RESERVE" });
    const [before, looks] = [account.reads, account.looks];
    await run(60);
    expect(account.reads).toBe(before);
    expect(account.looks - looks).toBeLessThanOrEqual(7);
    account.remaining = 500;
    await run(12 * 60);
    expect(account.reads).toBeGreaterThan(before);
    expect(feed.current(SPORT)).toMatchObject({ status: "live", reason: null });
  });

  it("also where there was no board yet; until then whoever asks is told why", async () => {
    const { account, run, feed } = await setUp(0);
    await run(5);
    expect(account.reads).toBe(0);
    expect(feed.trouble(SPORT)?.error).toMatchObject({
      code: "OUT_OF_USAGE_CREDITS",
      reason: "CREDIT_RESERVE",
    });
    account.remaining = 500;
    await run(30);
    expect(account.reads).toBeGreaterThan(0);
  });

  it("also when it is the reset day and nothing was read for long", async () => {
    const { account, run } = await setUp(13);
    await run(3 * 60);
    const before = account.reads;
    account.remaining = 500;
    await run(2 * 60);
    expect(account.reads).toBeGreaterThan(before);
  });
});
