import { expect, it } from "vitest";
import { UpstreamCalls } from "../../src/sources/upstream-calls.js";
import { startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { closeAfter } from "../helpers/start-app.js";

it("Calls that wait for their turn are not made, nor paid for, once the source is closed", async () => {
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  const upstream = new UpstreamCalls({ ODDS_API_BASE_URL: api.url, key: TEST_KEY });
  const ask = () => upstream.get("/v4/sports/basketball_nba/odds", { regions: "us", markets: "h2h" }, 1);
  const firstRead = api.nextRead();
  const calls = Promise.allSettled([ask(), ask(), ask(), ask()]);
  await firstRead;
  upstream.close();
  const waiting = (await calls).slice(1);
  expect(api.reads).toHaveLength(1);
  expect(waiting).toMatchObject(
    waiting.map(() => ({ status: "rejected", reason: { code: "UPSTREAM_FAILED", bill: {} } })),
  );
});
