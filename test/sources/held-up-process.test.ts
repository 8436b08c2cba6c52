import { expect, it } from "vitest";
import { UpstreamCalls } from "../../src/sources/upstream-calls.js";
import { startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { closeAfter } from "../helpers/start-app.js";

const TIMEOUT_MS = 300;
const HELD_UP_MS = 2000;

/** Keeps the process from doing anything else, as a suspended machine does. */
function holdUp(ms: number) {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

async function readThatIsHeldUp(answer: string | undefined) {
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  api.board = (_request, response) => {
    if (answer !== undefined) response.end(answer);
    holdUp(HELD_UP_MS);
  };
  const options = { ODDS_API_BASE_URL: api.url, key: TEST_KEY, timeoutMs: TIMEOUT_MS };
  const upstream = closeAfter(new UpstreamCalls(options), (calls) => calls.close());
  return upstream.get("/v4/sports/basketball_nba/odds", { regions: "us", markets: "h2h" }, 1);
}

it("An answer that came while the process was held up is read, and not paid for twice", async () => {
  await expect(readThatIsHeldUp("[]")).resolves.toMatchObject({ body: [] });
});

it("A call that was held up and has no answer still ends", async () => {
  await expect(readThatIsHeldUp(undefined)).rejects.toThrow("did not answer in time");
});
