import { describe, expect, it } from "vitest";
import { createApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import { socketIoClient, wsClient } from "../helpers/clients.js";
import { type FakeOddsApi, failWith, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { freePort } from "../helpers/process.js";
import { closeAfter, rememberingLog, startApp, startAppOn } from "../helpers/start-app.js";

async function fakeApi(): Promise<FakeOddsApi> {
  return closeAfter(await startFakeOddsApi(), (fake) => fake.close());
}

async function probe(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe("/health", () => {
  it("says ok, how long, and how many sockets are in /odds", async () => {
    const server = await startApp();
    expect(await probe(`${server.url}/health`)).toEqual({
      status: 200,
      body: {
        process: expect.stringMatching(/^[0-9a-f]{12}$/),
        port: server.port,
        release: expect.stringMatching(/^\d+\.\d+\.\d+/),
        status: "ok",
        uptime: expect.any(Number),
        phase: "ready",
        websocket: 0,
        clients: { socketio: 0, websocket: 0 },
        source: "simulated",
        wanted: [],
        credits: null,
      },
    });
  });

  it("counts both doors' clients, and what they want", async () => {
    const api = await fakeApi();
    const server = await startAppOn(api);
    const one = await socketIoClient(server);
    const other = await wsClient(server);
    for (const client of [one, other]) client.say({ type: "subscribe", sport: "basketball_nba" });
    await Promise.all([one, other].map(({ inbox }) => inbox.first("odds_update")));
    const { body } = await probe(`${server.url}/health`);
    expect(body).toMatchObject({
      websocket: 2,
      clients: { socketio: 1, websocket: 1 },
      wanted: ["basketball_nba"],
      source: "the-odds-api",
      credits: { remaining: expect.any(Number), runsOutAt: null },
    });
  });

  it("asks nobody outside, counts against no limit, and stays ok while the upstream is down", async () => {
    const api = await fakeApi();
    const server = await startAppOn(api, { RATE_LIMIT_MAX: "1" });
    const calls = api.freeCalls.length;
    api.all = failWith(500, "down");
    for (let i = 0; i < 20; i++) expect((await probe(`${server.url}/health`)).status).toBe(200);
    expect(api.freeCalls.length).toBe(calls);
    expect(api.reads).toEqual([]);
  });
});

describe("/ready", () => {
  it("is 503 until the sports list was tried, and 200 from then on", async () => {
    const api = await fakeApi();
    let answerList = () => {};
    const asked = new Promise<void>((resolve) => {
      api.all = (request, response) => {
        answerList = () => failWith(200, [])(request, response);
        resolve();
      };
    });
    const port = await freePort();
    const config = loadConfig({
      PORT: String(port),
      HOST: "127.0.0.1",
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: api.url,
      HISTORY: "off",
    });
    const app = createApp(config, rememberingLog());
    closeAfter(app, () => app.stop());
    const started = app.start();
    await asked;
    expect(await probe(`http://127.0.0.1:${port}/ready`)).toEqual({
      status: 503,
      body: { status: "starting" },
    });
    expect((await probe(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    answerList();
    await started;
    expect(await probe(`http://127.0.0.1:${port}/ready`)).toMatchObject({
      status: 200,
      body: { status: "ready" },
    });
  });

  it("is 200 even where the sports list could not be read: it is tried again", async () => {
    const api = await fakeApi();
    api.all = failWith(500, "down");
    const server = await startAppOn(api);
    expect((await probe(`${server.url}/ready`)).status).toBe(200);
    expect(server.log.lines).toContainEqual(expect.objectContaining({ level: "error" }));
  });
});
