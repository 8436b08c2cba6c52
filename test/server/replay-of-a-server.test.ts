import path from "node:path";
import { expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { withoutLastUpdates } from "../helpers/memory-engine.js";
import { temporaryFolder } from "../helpers/process.js";
import { closeAfter, startApp, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

it("What a server kept is replayed as its clients had it", async () => {
  const HISTORY_PATH = path.join(temporaryFolder(), "history.db");
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: smallBoard(1) }), (it) => it.close());
  const server = await startAppOn(api, { HISTORY: "on", HISTORY_PATH, ODDS_PACING: "off" });
  const watcher = await wsClient(server);
  watcher.say({ type: "subscribe", sport: SPORT });
  await watcher.inbox.first("odds_update", ({ status }) => status === "live");
  // So long as a client of the replay may need to come.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  for (const price of [1.5, 2, 1]) {
    const next = watcher.inbox.next(
      "odds_update",
      ({ version }) => version === 2 + [1.5, 2, 1].indexOf(price),
    );
    api.boards.set(SPORT, smallBoard(price));
    await next;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await server.stop();
  const boardsOf = (inbox: typeof watcher.inbox) =>
    new Map(inbox.all("odds_update").map(({ version, odds }) => [version, withoutLastUpdates(odds)]));
  const replay = await startApp({ ODDS_SOURCE: "replay", HISTORY_PATH, HISTORY: "on" });
  const client = await wsClient(replay);
  client.say({ type: "subscribe", sport: SPORT });
  await client.inbox.first("odds_update", ({ reason }) => reason === "REPLAY_ENDED");
  expect([...boardsOf(client.inbox)]).toEqual([...boardsOf(watcher.inbox)]);
});
