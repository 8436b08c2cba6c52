import { describe, expect, it } from "vitest";
import { Solo } from "../../src/cluster/solo.js";
import type { Game } from "../../src/polling/odds-source.js";
import { SourceError } from "../../src/source-error.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";
import { rememberingLog } from "../helpers/start-app.js";

const NBA = "basketball_nba";
const TICK_MS = 5000;
const NOW = Date.UTC(2026, 10, 16, 12);
const START = NOW + 10 * 60_000;
const PLAN = 20_000;

/** A server that keeps a history of a sport with these games, at a time that only `run` moves. */
async function setUp(games: readonly Game[], remaining = 10_000, cluster = new Solo("solo")) {
  const world = {
    now: NOW,
    games,
    remaining,
    reads: [] as number[],
    fail: undefined as SourceError | undefined,
  };
  const quota = () => ({ remaining: world.remaining, used: PLAN - world.remaining, last: null });
  const log = rememberingLog();
  const parts = pollingParts(
    {
      name: "the-odds-api",
      sports: async () => ({ sports: [sport(NBA)], quota: quota() }),
      games: async () => ({ games: world.games, quota: quota() }),
      board: async (_, at) => {
        world.reads.push(at);
        if (world.fail) throw world.fail;
        world.remaining -= 3;
        const [event] = smallBoard();
        const events = world.games.map(({ id, start }) => {
          return { ...event, id, commence_time: new Date(start).toISOString(), bookmakers: [] };
        });
        return { events, fetchedAt: at, paid: { predicted: 3 }, quota: { ...quota(), last: 3 } };
      },
      cost: () => 3,
      close: () => {},
    },
    () => world.now,
    "auto",
    TICK_MS,
    { historySports: [NBA], log, cluster },
  );
  await parts.catalog.misspelt();
  const run = async (until: number) => {
    for (; world.now <= until; world.now += 1000) await parts.closing.step(world.now);
  };
  return { ...parts, world, run, log };
}
const game = (id: string, start: number): Game => ({ id, start });

describe("A closing read", () => {
  it("is made once, in the last 30 s before the start, for all games of the slot", async () => {
    const { run, world, closing } = await setUp([
      game("a", START),
      game("b", START),
      game("c", START + 25_000),
    ]);
    await run(START + 60_000);
    expect(world.reads.map((at) => (START - at) / 1000)).toEqual([20]);
    expect(closing.report()).toMatchObject({ seen: 3, missed: 0, missedCloses: [] });
  });

  it("is made whatever was read within the TTL, and not where somebody's read serves", async () => {
    const { run, world, reader, demand } = await setUp([game("a", START), game("b", START + 600_000)]);
    await run(START - 25_000);
    demand.add(NBA, "a viewer");
    reader.plan(world.now);
    await reader.read(NBA, world.now);
    expect(world.reads).toHaveLength(1);
    await run(START + 60_000);
    expect(world.reads).toHaveLength(1);
    await run(START + 700_000);
    expect(world.reads).toHaveLength(2);
  });

  it("is tried again where it failed, and a close that was missed is listed with the reason", async () => {
    const { run, world, closing, log } = await setUp([game("a", START), game("b", START)]);
    world.fail = new SourceError("UPSTREAM_RATE_LIMITED", "Too fast.", "slow-down");
    await run(START + 60_000);
    expect(world.reads.length).toBeGreaterThan(1);
    expect(world.reads.every((at) => at < START)).toBe(true);
    const missed = { sport: NBA, startsAt: START, games: 2, reason: "UPSTREAM_RATE_LIMITED" };
    expect(closing.report()).toMatchObject({ seen: 0, missed: 2, missedCloses: [missed] });
    expect(log.lines).toContainEqual({
      level: "warn",
      message: `The close of 2 games of ${NBA} at ${new Date(START).toISOString()} was missed: UPSTREAM_RATE_LIMITED`,
      fields: missed,
    });
  });

  it("follows a start that is put off, and tells of one that was moved to before anybody knew", async () => {
    const { run, world, closing } = await setUp([game("a", START), game("b", START + 3_600_000)]);
    await run(START - 120_000);
    world.games = [game("a", START + 600_000), game("b", START + 3_600_000)];
    await run(START + 1_000_000);
    // The list is read every 5 minutes at that time.
    expect(world.reads.at(-1)).toBe(START + 580_000);
    expect(closing.report()).toMatchObject({ seen: 1, missed: 0 });
    await run(START + 3_505_000);
    world.games = [game("b", START + 3_510_000)];
    await run(START + 3_700_000);
    expect(closing.report()?.missedCloses).toMatchObject([
      { startsAt: START + 3_510_000, reason: "START_UNKNOWN" },
    ]);
  });

  it("is paid for before anything else", async () => {
    const games = Array.from({ length: 10 }, (_, i) => game(`${i}`, START + i * 3_600_000));
    games.push(game("in a week", NOW + 7 * 86_400_000));
    const { run, world, closing, demand, reader, feed } = await setUp(games, 400 + 70);
    await run(NOW + 5000);
    const { earmarked } = closing.report() ?? {};
    expect(earmarked).toBeGreaterThan(60);
    demand.add(NBA, "a viewer");
    reader.plan(world.now);
    await reader.read(NBA, world.now);
    expect(world.reads).toEqual([]);
    expect(feed.creditReport().sports[NBA]?.reason).toBe("CREDIT_RESERVE");
    await run(START + 9 * 3_600_000 + 60_000);
    expect(closing.report()).toMatchObject({ seen: 10, missed: 0 });
    expect(world.remaining).toBeGreaterThanOrEqual(400);
  });

  it("never touches the reserve, and says that credits were the reason", async () => {
    const { run, world, closing } = await setUp([game("a", START)], 402);
    await run(START + 60_000);
    expect(world.reads).toEqual([]);
    expect(closing.report()?.missedCloses).toMatchObject([{ reason: "CREDIT_RESERVE" }]);
  });

  it("is not paid for once more where the other processes cannot be reached", async () => {
    class Apart extends Solo {
      override publish(): Promise<boolean> {
        return Promise.reject(new Error("away"));
      }
    }
    const { run, world, closing } = await setUp([game("a", START)], 10_000, new Apart("apart"));
    await run(START + 60_000);
    expect(world.reads).toHaveLength(1);
    expect(closing.report()?.missedCloses).toMatchObject([{ reason: "CLUSTER_UNAVAILABLE" }]);
  });

  it("has its price told once at start", async () => {
    const { run, log } = await setUp([game("a", START), game("b", START), game("c", START + 3_600_000)]);
    await run(START);
    const bills = log.lines.filter(({ message }) => message.startsWith("Closing reads of 1 sports"));
    expect(bills).toHaveLength(1);
    expect(bills[0]?.message).toContain(
      "2 kick-off slots with 3 games are known for the coming week, at 6 credits",
    );
  });
});
