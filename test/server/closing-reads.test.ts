import { expect, it } from "vitest";
import { creditsAnswerSchema } from "../../src/protocol/answers.js";
import { smallBoard, sport, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { MemoryEngine } from "../helpers/memory-engine.js";
import { closeAfter, startApp } from "../helpers/start-app.js";

const NBA = "basketball_nba";

const creditsOf = async (app: { url: string }) =>
  creditsAnswerSchema.parse(await (await fetch(`${app.url}/api/odds/credits`)).json());

/** A game that starts so soon (ms) that its close is read at once. */
const boardIn = (ms: number) => {
  const commence_time = new Date(Date.now() + ms).toISOString();
  return smallBoard().map((event) => ({ ...event, commence_time }));
};

async function setUp(keepsHistory: boolean) {
  const api = await startFakeOddsApi({ [NBA]: boardIn(15_000) }, [sport(NBA)]);
  closeAfter(api, () => api.close());
  // The free list of games is the board without its bookmakers.
  api.all = ({ url = "" }, response) => {
    if (!url.includes("/events?")) return false;
    const games = (api.boards.get(NBA) as ReturnType<typeof smallBoard>).map(
      ({ bookmakers: _, ...game }) => game,
    );
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(games));
    return true;
  };
  const env = {
    THE_ODDS_API_KEY: TEST_KEY,
    ODDS_API_BASE_URL: api.url,
    ODDS_POLL_INTERVAL_MS: "3600000",
    HISTORY_SPORTS: NBA,
    HISTORY_CLOSING_READS: "on",
  };
  api.plan = 500;
  api.remaining = 400;
  const history = keepsHistory ? { HISTORY: "on" } : {};
  return { api, app: await startApp({ ...env, ...history }, { engine: new MemoryEngine() }) };
}

it("a close is read of the upstream though nobody watches, and the bill tells its price", async () => {
  const { api, app } = await setUp(true);
  await expect.poll(() => api.reads.length, { timeout: 10_000 }).toBe(1);
  const bill = app.log.lines.find(({ message }) => message.startsWith("Closing reads of 1 sports"));
  expect(bill?.message).toContain(
    "1 kick-off slots with 1 games are known for the coming week, at 3 credits",
  );
  await expect.poll(async () => (await creditsOf(app)).remaining).toBe(397);
  const credits = await creditsOf(app);
  expect(credits.spent.bySport).toEqual({ [NBA]: 3 });
  expect(credits.closing).toMatchObject({ missed: 0, missedCloses: [] });
  const live = await (await fetch(`${app.url}/api/odds/live?sport=${NBA}`)).json();
  expect(live).toMatchObject({ version: 1, odds: [{ home_team: "Boston Celtics" }] });
  expect(api.reads).toHaveLength(1);
});

it("without a history nothing is read for it, and that is said once", async () => {
  const { api, app } = await setUp(false);
  const said = app.log.lines.filter(({ message }) => message.includes("HISTORY_SPORTS"));
  expect(said).toMatchObject([
    {
      level: "warn",
      message: "HISTORY_SPORTS and HISTORY_CLOSING_READS do nothing: no history is kept here",
    },
  ]);
  expect((await creditsOf(app)).closing).toBeNull();
  expect(api.freeCalls).not.toContain(`/v4/sports/${NBA}/events`);
});
