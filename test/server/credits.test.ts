import { describe, expect, it } from "vitest";
import { socketIoClient, wsClient } from "../helpers/clients.js";
import { failWith, smallBoard, sport, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

async function fakeApi(plan: number, remaining = plan, sports = [sport(SPORT)]) {
  const boards = Object.fromEntries(sports.map(({ key }) => [key, smallBoard(1.9, key)]));
  const api = closeAfter(await startFakeOddsApi(boards, sports), (it) => it.close());
  Object.assign(api, { plan, remaining });
  return api;
}

const getJson = async (url: string) => (await (await fetch(url)).json()) as Record<string, unknown>;
const ticks = async (client: Awaited<ReturnType<typeof wsClient>>, count: number) => {
  for (let i = 0; i < count; i += 1) await client.inbox.next("odds_update");
};

/** A day of the month whose next reset is a month away: shortly before one a whole plan is plenty. */
const resetWasToday = () => String(new Date().getUTCDate());

describe("The bill", () => {
  it("is told at start in one line, from a free call", async () => {
    const api = await fakeApi(20_000, 15_000);
    const { log } = await startAppOn(api, {
      ODDS_POLL_INTERVAL_MS: "5000",
      ODDS_CACHE_TTL_MS: "5000",
      ODDS_CREDIT_RESET_DAY: resetWasToday(),
    });
    const line = log.lines.find(({ message }) => message.startsWith("One sport costs"))?.message;
    expect(line).toMatch(/^One sport costs 3 credits a read, 2160 an hour at one read every 5 s\./);
    expect(line).toContain("15000 of 20000 credits are left (400 in reserve): 6.8 hours at that rate.");
    expect(line).toContain("Pacing stretches them to the reset");
    expect(api.reads).toEqual([]);
  });

  it("is reported with what is left, what was spent, and when each sport is read next", async () => {
    const api = await fakeApi(1e12);
    const server = await startAppOn(api);
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    const update = await client.inbox.first("odds_update");
    await ticks(client, 2);
    expect(update.nextFetchAt).toBeGreaterThan(update.fetchedAt);
    const report = await getJson(`${server.url}/api/odds/credits`);
    expect(report).toMatchObject({ plan: 1e12, reserve: 2e10, runsOutAt: null, rate: 108_000 });
    expect(report.remaining).toBeLessThan(1e12);
    expect(report.spent).toMatchObject({ bySport: { [SPORT]: expect.any(Number) } });
    expect(report.sports).toMatchObject({
      [SPORT]: { everyMs: 100, cost: 3, nextFetchAt: expect.any(Number) },
    });
    expect(await getJson(`${server.url}/health`)).toMatchObject({ credits: { rate: 108_000 } });
  });

  it("is paced: scarce credits are read rarely, boards go out each tick all the same and are live", async () => {
    const api = await fakeApi(20_000);
    const server = await startAppOn(api, { ODDS_CREDIT_RESET_DAY: resetWasToday() });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("odds_update");
    await ticks(client, 10);
    const last = client.inbox.all("odds_update").at(-1);
    expect(api.reads).toHaveLength(1);
    expect(last).toMatchObject({ status: "live", reason: null });
    expect((last?.nextFetchAt ?? 0) - (last?.fetchedAt ?? 0)).toBeGreaterThan(30_000);
  });

  it("is not paced when told so", async () => {
    const api = await fakeApi(20_000);
    const server = await startAppOn(api, { ODDS_PACING: "off" });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("odds_update");
    await ticks(client, 6);
    expect(api.reads.length).toBeGreaterThan(4);
  });

  it("never touches the reserve: paid reads pause with CREDIT_RESERVE, boards and free calls go on", async () => {
    const api = await fakeApi(1000, 30);
    const server = await startAppOn(api, { ODDS_PACING: "off", ODDS_CREDIT_RESERVE: "20" });
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    const paused = await client.inbox.first("odds_update", (update) => update.status === "paused");
    expect(paused).toMatchObject({ reason: "CREDIT_RESERVE" });
    expect(await client.inbox.first("error")).toMatchObject({ code: "OUT_OF_USAGE_CREDITS", sport: SPORT });
    await ticks(client, 3);
    expect(api.remaining).toBe(21);
    expect((await fetch(`${server.url}/api/odds/sports`)).status).toBe(200);
  });

  it("pays for no sport out of season", async () => {
    const api = await fakeApi(1e12, 1e12, [{ ...sport(SPORT), active: false }]);
    const server = await startAppOn(api);
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    expect((await client.inbox.first("odds_update")).odds).toEqual([]);
    await ticks(client, 3);
    expect(api.reads).toEqual([]);
  });

  it("does not keep a sport out of season from anybody at the reserve", async () => {
    const api = await fakeApi(1000, 10, [{ ...sport(SPORT), active: false }]);
    const server = await startAppOn(api, { ODDS_CREDIT_RESERVE: "20" });
    const response = await fetch(`${server.url}/api/odds/live?sport=${SPORT}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ odds: [], status: "live" });
  });

  it("pays for no sport whose free list has no game soon enough", async () => {
    const api = await fakeApi(1e12);
    let start = new Date(Date.now() + 48 * 3_600_000).toISOString();
    api.all = (request, response) => {
      if (!request.url?.includes("/events")) return false;
      failWith(200, [{ id: "x", commence_time: start }])(request, response);
      return true;
    };
    const late = await startAppOn(api, { ODDS_LOOKAHEAD_HOURS: "24" });
    const waiting = await wsClient(late);
    waiting.say({ type: "subscribe", sport: SPORT });
    expect((await waiting.inbox.first("odds_update")).odds).toEqual([]);
    expect(api.reads).toEqual([]);
    start = new Date(Date.now() + 3_600_000).toISOString();
    const soon = await wsClient(await startAppOn(api, { ODDS_LOOKAHEAD_HOURS: "24" }));
    soon.say({ type: "subscribe", sport: SPORT });
    expect((await soon.inbox.first("odds_update")).odds).toHaveLength(1);
    expect(api.reads.length).toBeGreaterThan(0);
  });

  it("cannot be run up by asking for all sports, over REST or in turn, and others keep their share", async () => {
    const sports = [sport(SPORT), ...Array.from({ length: 70 }, (_, i) => sport(`sport_${i}`))];
    const api = await fakeApi(20_000, 20_000, sports);
    const server = await startAppOn(api, {
      TRUST_PROXY: "1",
      MAX_MESSAGES_PER_SECOND: "1000",
      ODDS_CREDIT_RESET_DAY: resetWasToday(),
    });
    const honest = await socketIoClient(server, { extraHeaders: { "x-forwarded-for": "192.0.2.1" } });
    honest.say({ type: "subscribe", sport: SPORT });
    const before = await honest.inbox.first("odds_update");
    const attacker = await wsClient(server, { headers: { "x-forwarded-for": "192.0.2.2" } });
    for (const { key } of sports) {
      attacker.say({ type: "subscribe", sport: key });
      attacker.say({ type: "unsubscribe", sport: key });
    }
    await attacker.inbox.first("unsubscription_ack", (ack) => ack.sport === "sport_69");
    const headers = { "x-forwarded-for": "192.0.2.3" };
    const asked = await Promise.all(
      sports.map(({ key }) => fetch(`${server.url}/api/odds/live?sport=${key}`, { headers })),
    );
    expect(api.reads.length).toBeLessThanOrEqual(12);
    const refused = asked.find(({ status }) => status === 503);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    const after = await honest.inbox.next("odds_update");
    const [waitBefore, waitAfter] = [before, after].map((it) => it.nextFetchAt - it.fetchedAt);
    expect(waitAfter).toBeLessThanOrEqual(3 * (waitBefore ?? 0));
  });

  it("is paced for those who ask over REST again and again, too", async () => {
    const api = await fakeApi(20_000);
    const server = await startAppOn(api, {
      ODDS_POLL_INTERVAL_MS: "50",
      ODDS_CACHE_TTL_MS: "50",
      RATE_LIMIT_MAX: "100000",
      ODDS_CREDIT_RESET_DAY: resetWasToday(),
    });
    for (let asked = 0; asked < 8; asked += 1) {
      await fetch(`${server.url}/api/odds/live?sport=${SPORT}`);
      // Slower than the tick and the TTL: it is the pacing that holds the reads back.
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    expect(api.reads).toHaveLength(1);
  });

  it("says no at once to a sport that the server does not serve", async () => {
    const api = await fakeApi(1e12, 1e12, [sport(SPORT), sport("icehockey_nhl")]);
    const server = await startAppOn(api, { ODDS_SPORTS: SPORT });
    const response = await fetch(`${server.url}/api/odds/live?sport=icehockey_nhl`);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: "SPORT_NOT_ALLOWED" } });
    expect(api.reads).toEqual([]);
  });

  it.each(["", "-5", "many", "1e400", "1e300"])("is no trouble when the header says %j", async (value) => {
    const api = await fakeApi(1e12);
    api.board = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "x-requests-remaining": value });
      response.end(JSON.stringify(smallBoard()));
    };
    const server = await startAppOn(api);
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    await ticks(client, 4);
    expect(api.reads.length).toBeGreaterThan(2);
    expect(await getJson(`${server.url}/api/odds/credits`)).toMatchObject({ plan: 1e12 });
    expect(JSON.stringify(server.log.lines)).not.toContain(TEST_KEY);
  });
});
