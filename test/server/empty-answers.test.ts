import { describe, expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { failWith, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

describe("A sports list without a sport in it", () => {
  it.each([
    ["that is empty", []],
    ["of which nothing is well-formed", [{ key: SPORT }, null]],
  ])("%s makes no sport unknown: it is a garbled answer, and asked for again", async (_name, list) => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    api.all = (request, response) => {
      if (!request.url?.startsWith("/v4/sports?")) return false;
      return failWith(200, list)(request, response);
    };
    const server = await startAppOn(api);
    const client = await wsClient(server);
    client.say({ type: "subscribe", sport: SPORT });
    expect(await client.inbox.first("error")).toMatchObject({ code: "UPSTREAM_FAILED" });
    const answer = await fetch(`${server.url}/api/odds/sports`);
    expect(answer.status).toBe(503);
    api.all = undefined;
    expect(await client.inbox.first("odds_update")).toMatchObject({ status: "live" });
  });
});

it("A board of which no event is well-formed does not take the place of the one before", async () => {
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  const client = await wsClient(await startAppOn(api));
  client.say({ type: "subscribe", sport: SPORT });
  await client.inbox.first("odds_update");
  api.boards.set(SPORT, [{ id: "x" }, null]);
  const stale = await client.inbox.first("odds_update", ({ status }) => status === "stale");
  expect(stale.odds).toHaveLength(1);
});
