import { expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { failWith, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

it("While the sports list cannot be read, no more sports pass than there may be, and real ones are served after", async () => {
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  api.all = failWith(500, {});
  const server = await startAppOn(api, { RATE_LIMIT_MAX: "100000", MAX_SUBSCRIPTIONS: "10000" });
  const client = await wsClient(server);
  client.say({ type: "subscribe", sport: "basketball_nba" });
  await client.inbox.first("subscription_ack");
  const asked = Array.from({ length: 400 }, (_, i) => `made_up_${i}`);
  const answers = await Promise.all(
    asked.map(async (key) => (await fetch(`${server.url}/api/odds/live?sport=${key}`)).json()),
  );
  const refused = answers.filter((answer) => JSON.stringify(answer).includes("list of sports"));
  expect(refused).toHaveLength(201);
  expect(refused[0]).toEqual({ error: { code: "UPSTREAM_FAILED", message: expect.any(String) } });
  api.all = undefined;
  expect(await client.inbox.first("odds_update")).toMatchObject({ sport: "basketball_nba", status: "live" });
  const unknown = await fetch(`${server.url}/api/odds/live?sport=made_up_1`);
  expect(unknown.status).toBe(404);
});
