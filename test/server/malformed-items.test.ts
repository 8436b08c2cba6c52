import { expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

it("Malformed items of the upstream are warned of once for each kind, not at each read", async () => {
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  const malformed = (outcome: object) => {
    const [event] = smallBoard();
    return [{ ...event, bookmakers: [{ key: "x", markets: [{ key: "h2h", outcomes: [outcome] }] }] }];
  };
  api.boards.set(SPORT, malformed({ name: "a", price: null }));
  const server = await startAppOn(api);
  const client = await wsClient(server);
  client.say({ type: "subscribe", sport: SPORT });
  const told = (level: string) =>
    server.log.lines.filter((line) => line.level === level && line.message.startsWith("Left out"));
  for (let tick = 0; tick < 4; tick += 1) await client.inbox.next("odds_update");
  expect(told("warn")).toHaveLength(1);
  expect(told("debug").length).toBeGreaterThan(1);
  expect(told("warn")[0]).toMatchObject({
    message: "Left out 1 malformed items of basketball_nba",
    fields: { kinds: ["outcome: price is no good (invalid_type)"] },
  });
  api.boards.set(SPORT, malformed({ price: 1.9 }));
  for (let tick = 0; tick < 4; tick += 1) await client.inbox.next("odds_update");
  expect(told("warn").map(({ fields }) => fields.kinds)).toEqual([
    ["outcome: price is no good (invalid_type)"],
    ["outcome: name is no good (invalid_type)"],
  ]);
});
