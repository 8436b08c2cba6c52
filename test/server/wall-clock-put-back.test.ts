import { beforeEach, describe, expect, it, vi } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { failWith, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const HOUR_MS = 3_600_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How far the wall clock is put from the true time, in ms. */
let putBy = 0;

async function setUp() {
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  return { api, start: async () => startAppOn(api) };
}

describe("A wall clock that is put back by an hour", () => {
  beforeEach(() => {
    putBy = 0;
    const trueNow = Date.now;
    const spy = vi.spyOn(Date, "now").mockImplementation(() => trueNow.call(Date) + putBy);
    closeAfter(spy, () => spy.mockRestore());
  });

  it("does not prolong the wait after a failure", async () => {
    const { api, start } = await setUp();
    api.board = failWith(500, {});
    const client = await wsClient(await start());
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("error");
    putBy = -HOUR_MS;
    api.board = undefined;
    expect(await client.inbox.first("odds_update")).toMatchObject({ status: "live" });
  });

  it("does not have a sport read that nobody wants any more", async () => {
    const { api, start } = await setUp();
    const client = await wsClient(await start());
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("odds_update");
    client.say({ type: "unsubscribe", sport: SPORT });
    await client.inbox.first("unsubscription_ack");
    putBy = -HOUR_MS;
    await pause(600);
    const reads = api.reads.length;
    await pause(600);
    expect(api.reads.length).toBe(reads);
  });

  it("does not delay the sports list", async () => {
    const { api, start } = await setUp();
    api.all = failWith(500, {});
    const server = await start();
    putBy = -HOUR_MS;
    api.all = undefined;
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    expect(await client.inbox.first("odds_update")).toMatchObject({ status: "live" });
  });

  it("neither delays a turn nor brings it forward", async () => {
    const { api, start } = await setUp();
    const client = await wsClient(await start());
    client.say({ type: "subscribe", sport: SPORT });
    await client.inbox.first("odds_update");
    for (const step of [-150, -HOUR_MS, HOUR_MS]) {
      putBy += step;
      const reads = api.reads.length;
      await pause(1000);
      const more = api.reads.length - reads;
      expect(more).toBeGreaterThanOrEqual(3);
      expect(more).toBeLessThanOrEqual(14);
    }
  });
});
