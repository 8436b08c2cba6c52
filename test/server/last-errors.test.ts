import { describe, expect, it } from "vitest";
import { RecentErrors } from "../../src/recent-errors.js";
import { wsClient } from "../helpers/clients.js";
import { failWith, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { startProcess } from "../helpers/process.js";
import { closeAfter, startApp } from "../helpers/start-app.js";
import { SECRET, sign } from "../helpers/tokens.js";

const SPORT = "basketball_nba";
const METRICS_TOKEN = "a-token-of-the-metrics";
const FORWARDED = { "X-Forwarded-For": "192.0.2.1" };

async function status(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/status`, { headers });
  return (await response.json()) as { errors?: { message: string; count: number }[] };
}
const bearer = (token: string) => ({ ...FORWARDED, Authorization: `Bearer ${token}` });

describe("The last errors in /status", () => {
  it("are for operators: from the machine itself, with METRICS_TOKEN, or with the scope admin", async () => {
    const errors = new RecentErrors();
    errors.note({ level: "error", message: "Somebody must act" });
    const server = await startApp({ AUTH_JWT_SECRET: SECRET, METRICS_TOKEN }, { errors });
    const told = {
      errors: [{ at: expect.any(Number), level: "error", message: "Somebody must act", count: 1 }],
    };
    expect(await status(server.url)).toMatchObject(told);
    expect(await status(server.url, bearer(METRICS_TOKEN))).toMatchObject(told);
    expect(await status(server.url, bearer(await sign({ scope: "admin" })))).toMatchObject(told);
    for (const stranger of [FORWARDED, bearer("a-token-of-nothing-at-all"), bearer(await sign())]) {
      expect(await status(server.url, stranger)).not.toHaveProperty("errors");
    }
  });

  it("are those of the process from its start on, each once with how often, and without the key", async () => {
    const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
    const server = startProcess({
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: api.url,
      ODDS_POLL_INTERVAL_MS: "100",
      ODDS_CACHE_TTL_MS: "100",
      PORT: "0",
      HOST: "127.0.0.1",
      ODDS_REGION: TEST_KEY,
    });
    const port = await server.listening();
    const url = `http://127.0.0.1:${port}`;
    const { say, inbox } = await wsClient({ wsUrl: `ws://127.0.0.1:${port}/odds` });
    say({ type: "subscribe", sport: SPORT });
    await inbox.next("odds_update", ({ status }) => status === "live");
    api.board = failWith(500, "down");
    await inbox.next("odds_update", ({ reason }) => reason === "UPSTREAM_FAILED");
    api.board = undefined;
    await inbox.next("odds_update", ({ status }) => status === "live");
    api.board = failWith(500, "down");
    await inbox.next("odds_update", ({ reason }) => reason === "UPSTREAM_FAILED");
    const { errors = [] } = await status(url);
    expect(errors).toMatchObject([
      {
        level: "warn",
        message: `Reading ${SPORT} failed: The Odds API answered 500.`,
        count: 2,
        code: "UPSTREAM_FAILED",
        sport: SPORT,
      },
      { level: "warn", message: expect.stringContaining("ODDS_REGION"), count: 1 },
    ]);
    expect(JSON.stringify(errors)).not.toContain(TEST_KEY);
  });
});
