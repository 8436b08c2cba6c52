import { expect, it } from "vitest";
import type { Game } from "../../src/polling/odds-source.js";
import { smallBoard, sport } from "../helpers/fake-odds-api.js";
import { pollingParts } from "../helpers/polling-parts.js";

const NBA = "basketball_nba";
const AHEAD = Date.UTC(2026, 10, 16, 12);
const HOUR_MS = 3_600_000;

it("Closes are read at their times, and counted, after a clock that was hours ahead was put right", async () => {
  const world = { now: AHEAD, steady: 0, games: [] as Game[], reads: [] as number[], lists: 0 };
  const list = (...starts: number[]) => {
    world.games = starts.map((start) => ({ id: `game at ${start}`, start }));
  };
  const quota = { remaining: 10_000, used: 10_000, last: null };
  const { catalog, closing } = pollingParts(
    {
      name: "the-odds-api",
      sports: async () => ({ sports: [sport(NBA)], quota }),
      games: async () => {
        world.lists += 1;
        return { games: world.games, quota };
      },
      board: async (_, at) => {
        world.reads.push(at);
        const [event] = smallBoard();
        const events = world.games.map(({ id, start }) => {
          return { ...event, id, commence_time: new Date(start).toISOString(), bookmakers: [] };
        });
        return { events, fetchedAt: at, paid: { predicted: 3 }, quota: { ...quota, last: 3 } };
      },
      cost: () => 3,
      close: () => {},
    },
    () => world.now,
    "auto",
    5000,
    { historySports: [NBA], steady: () => world.steady },
  );
  await catalog.misspelt();
  const run = async (until: number) => {
    for (; world.now <= until; world.now += 1000, world.steady += 1000) await closing.step(world.now);
  };
  list(AHEAD + 60_000);
  await run(AHEAD + 120_000);
  expect(world.reads).toHaveLength(1);
  const lists = world.lists;

  const put = AHEAD - 6 * HOUR_MS;
  world.now = put;
  list(put + 60_000, put + 600_000);
  await run(put + 660_000);
  expect(world.lists).toBeGreaterThan(lists);
  expect(world.reads.slice(1).map((at) => (at - put) / 1000)).toEqual([40, 580]);
  expect(closing.report()).toMatchObject({ seen: 2, missed: 0 });
});
