import { describe, expect, it } from "vitest";
import { DOORS, type TestClient, wsClient } from "../helpers/clients.js";
import { type FakeOddsApi, failWith, smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SICK = "icehockey_nhl";
const WELL = "basketball_nba";

/** A server with a client at both sports, live; from here on `behaviour` answers the reads of the sick one. */
async function twoSports(
  behaviour: ReturnType<typeof failWith>,
): Promise<{ api: FakeOddsApi; client: TestClient }> {
  const api = await startFakeOddsApi({ [SICK]: smallBoard(2.1, SICK), [WELL]: smallBoard(1.9, WELL) });
  closeAfter(api, () => api.close());
  const server = await startAppOn(api);
  const client = await wsClient(server);
  for (const sport of [SICK, WELL]) {
    client.say({ type: "subscribe", sport });
    await client.inbox.first("odds_update", (update) => update.sport === sport);
  }
  api.board = (request, response) => {
    const sport = request.url?.split("/")[3] ?? "";
    if (sport === SICK) behaviour(request, response);
    else failWith(200, api.boards.get(sport))(request, response);
  };
  await client.inbox.next("error", (error) => error.sport === SICK);
  return { api, client };
}

describe("a trouble of the upstream", () => {
  it.each([
    ["a fault of one sport's read", failWith(500, {})],
    ["a sport that the upstream does not know", failWith(404, { error_code: "UNKNOWN_SPORT" })],
    ["a parameter that does not fit one sport", failWith(422, { error_code: "INVALID_MARKET_COMBO" })],
  ])("leaves the other sports live: %s", async (_name, behaviour) => {
    const { client } = await twoSports(behaviour);
    for (let tick = 0; tick < 3; tick++) {
      const well = await client.inbox.next("odds_update", ({ sport }) => sport === WELL);
      expect(well).toMatchObject({ status: "live", reason: null });
    }
    const sick = await client.inbox.next("odds_update", ({ sport }) => sport === SICK);
    expect(sick.status).not.toBe("live");
  });

  it.each([
    ["the key", failWith(401, { error_code: "INVALID_KEY" }), "paused", "INVALID_KEY"],
    ["the credits", failWith(401, { error_code: "OUT_OF_USAGE_CREDITS" }), "paused", "OUT_OF_USAGE_CREDITS"],
    ["the pace", failWith(429, {}), "stale", "UPSTREAM_RATE_LIMITED"],
  ])("holds the reads of all sports: %s", async (_name, behaviour, status, reason) => {
    const { api, client } = await twoSports(behaviour);
    const reads = api.reads.length;
    for (let tick = 0; tick < 5; tick++) {
      const well = await client.inbox.next(
        "odds_update",
        (update) => update.sport === WELL && update.status !== "live",
      );
      expect(well).toMatchObject({ status, reason });
    }
    // A read of the other sport may have been under way.
    expect(api.reads.length).toBeLessThanOrEqual(reads + 1);
  });

  it("met at the sports list is told at both doors, and ends by itself", async () => {
    const api = await startFakeOddsApi();
    closeAfter(api, () => api.close());
    api.all = failWith(500, {});
    const server = await startAppOn(api);
    const clients = await Promise.all(DOORS.map(({ connect }) => connect(server)));
    for (const client of clients) client.say({ type: "subscribe", sport: WELL });
    for (const { inbox } of clients) {
      expect(await inbox.first("error")).toMatchObject({ code: "UPSTREAM_FAILED", sport: WELL });
    }
    const list = await fetch(`${server.url}/api/odds/sports`);
    expect(list.status).toBe(503);
    expect(await list.json()).toMatchObject({ error: { code: "UPSTREAM_FAILED" } });
    expect(api.reads).toHaveLength(0);
    api.all = undefined;
    for (const { inbox } of clients) {
      expect(await inbox.first("odds_update")).toMatchObject({ status: "live" });
    }
  });
});
