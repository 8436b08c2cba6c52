import { describe, expect, it } from "vitest";
import type { OddsUpdate } from "../../src/protocol/server-messages.js";
import { serverMessageSchema } from "../../src/protocol/server-messages.js";
import { socketIoClient, wsClient } from "../helpers/clients.js";
import { smallBoard, sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { NO_RECORDINGS, recordedBoards } from "../helpers/recorded.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";
import { surprisingBoard } from "../helpers/surprising-board.js";

/** What the upstream gave: a board less the one field that is ours. */
function withoutChangedAt(odds: OddsUpdate["odds"]): unknown {
  return JSON.parse(JSON.stringify(odds), (key, value) => (key === "changed_at" ? undefined : value));
}

async function expectSameAtEveryDoor(key: string, events: unknown): Promise<void> {
  const api = closeAfter(await startFakeOddsApi({ [key]: events }, [sport(key)]), (it) => it.close());
  const server = await startAppOn(api);
  const [socketIo, ws] = [await socketIoClient(server), await wsClient(server)];
  for (const client of [socketIo, ws]) client.say({ type: "subscribe", sport: key });
  const response = await fetch(`${server.url}/api/odds/live?sport=${key}`);
  const seen = {
    socketIo: await socketIo.inbox.first("odds_update"),
    ws: await ws.inbox.first("odds_update"),
    rest: (await response.json()) as OddsUpdate,
  };
  for (const update of Object.values(seen)) {
    serverMessageSchema.parse(update);
    expect(withoutChangedAt(update.odds)).toEqual(events);
    expect(update).toMatchObject({
      sport: key,
      version: 1,
      source: "the-odds-api",
      status: "live",
      reason: null,
    });
  }
}

describe("What a client gets is what the upstream gave, but for changed_at, at all three doors", () => {
  it("for a small board", () => expectSameAtEveryDoor("basketball_nba", smallBoard()));
  it("for one of all that real boards surprise with", () =>
    expectSameAtEveryDoor("basketball_nba", surprisingBoard()));
  it("for an empty board", () => expectSameAtEveryDoor("basketball_nba", []));

  const boards = recordedBoards();
  if (boards.length === 0) it.skip(NO_RECORDINGS, () => {});
  for (const { name, events } of boards) {
    it(`for the recorded ${name}`, () => expectSameAtEveryDoor(events[0]?.sport_key ?? "none", events));
  }
});
