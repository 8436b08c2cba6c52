import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { TheOddsApi } from "../../src/sources/the-odds-api.js";
import { wsClient } from "../helpers/clients.js";
import {
  type FakeOddsApi,
  failWith,
  smallBoard,
  sport,
  startFakeOddsApi,
  TEST_KEY,
} from "../helpers/fake-odds-api.js";
import { closeAfter, rememberingLog, startApp, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const OUTRIGHT = "golf_masters";

async function fakeApi(plan: number, remaining = plan) {
  const boards = { [SPORT]: smallBoard(), [OUTRIGHT]: smallBoard(3, OUTRIGHT) };
  const sports = [sport(SPORT), sport(OUTRIGHT, true)];
  const api = closeAfter(await startFakeOddsApi(boards, sports), (fake) => fake.close());
  return Object.assign(api, { plan, remaining });
}

async function billOf(server: { url: string }) {
  const response = await fetch(`${server.url}/api/odds/credits`);
  return (await response.json()) as { remaining: number; spent: { bySport: Record<string, number> } };
}

function answer(response: ServerResponse, board: unknown, quota: Record<string, number> = {}): void {
  const headers = Object.fromEntries(
    Object.entries(quota).map(([name, value]) => [`x-requests-${name}`, String(value)]),
  );
  response.writeHead(200, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(board));
}

/** A server whose calls end after 300 ms. */
function startImpatient(api: FakeOddsApi, env: Record<string, string> = {}) {
  const options = {
    ODDS_API_BASE_URL: api.url,
    ODDS_REGIONS: ["us"],
    ODDS_BOOKMAKERS: undefined,
    ODDS_MARKETS: ["h2h" as const, "spreads" as const, "totals" as const],
    ODDS_FORMAT: "decimal" as const,
    ODDS_LOOKAHEAD_HOURS: undefined,
    key: TEST_KEY,
    timeoutMs: 300,
  };
  const source = new TheOddsApi(options, rememberingLog());
  return startApp({ THE_ODDS_API_KEY: TEST_KEY, ODDS_PACING: "auto", ...env }, { source });
}

describe("The quota of an answer travels with that answer", () => {
  it("so that answers without credit headers are counted, and the reserve is kept", async () => {
    const api = await fakeApi(100);
    api.board = (_request, response) => {
      api.remaining -= 3;
      answer(response, smallBoard());
    };
    const server = await startAppOn(api, { ODDS_PACING: "off", ODDS_CREDIT_RESERVE: "20" });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    const paused = await client.inbox.first("odds_update", ({ status }) => status === "paused");
    expect(paused.reason).toBe("CREDIT_RESERVE");
    expect(api.remaining).toBe(22);
    expect((await billOf(server)).remaining).toBe(22);
  });

  it("so that answers to calls made at once are not mixed up, whichever comes first", async () => {
    const api = await fakeApi(100);
    const waiting = new Map<string, ServerResponse>();
    const bothAsked = new Promise<void>((resolve) => {
      api.board = (request, response) => {
        waiting.set(request.url?.split("/")[3] ?? "", response);
        if (waiting.size === 2) resolve();
      };
    });
    const server = await startAppOn(api, { ODDS_POLL_INTERVAL_MS: "60000", ODDS_CACHE_TTL_MS: "60000" });
    const client = await wsClient(server);
    for (const key of [SPORT, OUTRIGHT]) client.say({ type: "subscribe", sport: key });
    await bothAsked;
    // The one was charged first, and its answer comes last.
    const [first, second] = [waiting.get(SPORT), waiting.get(OUTRIGHT)];
    if (!first || !second) expect.fail("both sports are asked for");
    answer(second, smallBoard(3, OUTRIGHT), { remaining: 96, used: 4, last: 1 });
    await client.inbox.first("odds_update", (update) => update.sport === OUTRIGHT);
    answer(first, smallBoard(), { remaining: 97, used: 3, last: 3 });
    await client.inbox.first("odds_update", (update) => update.sport === SPORT);
    expect(await billOf(server)).toMatchObject({
      remaining: 96,
      spent: { bySport: { [SPORT]: 3, [OUTRIGHT]: 1 } },
    });
  });

  it("and where the first ones said nothing, what is left is asked for free", async () => {
    const api = await fakeApi(1000, 500);
    api.all = (request, response) => {
      const isList = request.url?.startsWith("/v4/sports?") ?? false;
      if (isList && api.freeCalls.length > 1) return false;
      answer(response, isList ? [sport(SPORT)] : smallBoard());
      return true;
    };
    const server = await startAppOn(api);
    expect((await billOf(server)).remaining).toBeNull();
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    for (let tick = 0; tick < 3; tick += 1) await client.inbox.next("odds_update");
    expect((await billOf(server)).remaining).not.toBeNull();
    expect(api.freeCalls).toHaveLength(2);
  });

  it("also where the answer is a failure", async () => {
    const api = await fakeApi(1000);
    api.board = failWith(503, "", { "x-requests-remaining": "700", "x-requests-used": "300" });
    const server = await startAppOn(api);
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("error");
    expect((await billOf(server)).remaining).toBe(700);
  });
});

describe("A read that was charged, or may have been, though it failed", () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ["a timeout", () => {}],
    ["HTML in place of a board", (response) => response.end("<html></html>")],
    ["an object in place of a board", (response) => response.end("{}")],
    ["a lost connection", (response) => response.socket?.destroy()],
  ])("keeps its turn and is counted: %s", async (_name, fail) => {
    const api = await fakeApi(20_000);
    const charged = new Promise<void>((resolve) => {
      api.board = (_request, response) => {
        api.remaining -= 3;
        fail(response);
        resolve();
      };
    });
    // A month before the next reset: shortly before one a whole plan is plenty.
    const server = await startImpatient(api, { ODDS_CREDIT_RESET_DAY: String(new Date().getUTCDate()) });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await charged;
    await client.inbox.first("error");
    expect(await billOf(server)).toMatchObject({ remaining: 19_997, spent: { bySport: { [SPORT]: 3 } } });
    const trouble = await fetch(`${server.url}/api/odds/live?sport=${SPORT}`);
    expect(trouble.status).toBe(503);
    // By the pacing of this plan; the wait after a failure would be 2 to 3 s.
    expect(Number(trouble.headers.get("retry-after"))).toBeGreaterThan(30);
    expect(api.reads).toHaveLength(1);
  });

  it("gives its turn back where it surely was not: refused, or answered with a cost of 0", async () => {
    const api = await fakeApi(20_000);
    api.board = failWith(500, {}, { "x-requests-remaining": "20000", "x-requests-last": "0" });
    const server = await startAppOn(api);
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("error");
    const trouble = await fetch(`${server.url}/api/odds/live?sport=${SPORT}`);
    expect(Number(trouble.headers.get("retry-after"))).toBeLessThanOrEqual(3);
    expect((await billOf(server)).remaining).toBe(20_000);
  });
});
