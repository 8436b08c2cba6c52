import { expect, it } from "vitest";
import { loadConfig } from "../../src/config.js";
import { TheOddsApi } from "../../src/sources/the-odds-api.js";
import { smallBoard, sport, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { closeAfter, rememberingLog } from "../helpers/start-app.js";

const NBA = sport("basketball_nba");
const NOW = Date.UTC(2026, 10, 16);
const START = Date.parse("2026-11-23T00:10:00Z");

async function setUp(env: Record<string, string> = {}) {
  const api = await startFakeOddsApi();
  closeAfter(api, () => api.close());
  api.all = ({ url = "" }, response) => {
    if (!url.includes("/events?")) return false;
    response.writeHead(200, { "x-requests-remaining": "7", "x-requests-used": "3" });
    response.end(JSON.stringify(smallBoard().map(({ bookmakers: _, ...game }) => game)));
    return true;
  };
  const config = loadConfig({ THE_ODDS_API_KEY: TEST_KEY, ODDS_API_BASE_URL: api.url, ...env });
  const source = new TheOddsApi({ ...config, key: TEST_KEY }, rememberingLog());
  closeAfter(source, async () => source.close());
  return { api, source };
}

it("when games start is told by a call that is free, once in 5 minutes", async () => {
  const { api, source } = await setUp();
  expect(await source.games(NBA, NOW)).toEqual({
    games: [{ id: smallBoard()[0]?.id, start: START }],
    quota: { remaining: 7, used: 3, last: null },
  });
  await source.games(NBA, NOW + 60_000);
  expect(api.reads).toEqual([]);
  expect(api.freeCalls).toHaveLength(1);
});

it("a sport without a game soon is free with ODDS_LOOKAHEAD_HOURS only, whoever asked when games start", async () => {
  const [usual, ahead] = [await setUp(), await setUp({ ODDS_LOOKAHEAD_HOURS: "24" })];
  for (const { source } of [usual, ahead]) await source.games(NBA, NOW);
  expect(usual.source.cost(NBA, NOW)).toBe(3);
  expect(ahead.source.cost(NBA, NOW)).toBe(0);
});
