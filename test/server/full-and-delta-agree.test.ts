import { describe, expect, it } from "vitest";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import { serverMessageSchema } from "../../src/protocol/server-messages.js";
import { DOORS, type TestClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

/** What a client has after each message that told it a version; the last one of a version counts. */
function boardsByVersion(client: TestClient): Map<number, unknown> {
  const boards = new Map<number, unknown>();
  let board: ClientBoard | undefined;
  for (const message of client.inbox.messages) {
    serverMessageSchema.parse(message);
    if (message.type === "odds_update") {
      const { type: _, ...whole } = message;
      board = whole;
    } else if (message.type === "odds_delta" && board) board = applyDelta(board, message);
    else continue;
    const { timestamp: _, ...compared } = board ?? expect.fail("the first message is a whole board");
    boards.set(board.version, compared);
  }
  return boards;
}

describe("In one room, full and delta subscribers", () => {
  it("have the same board at every version, at both doors", async () => {
    const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
    const server = await startAppOn(api);
    const clients = await Promise.all(
      DOORS.flatMap(({ connect }) =>
        (["full", "delta"] as const).map(async (updates) => {
          const client = await connect(server);
          client.say({ type: "subscribe", sport: SPORT, updates });
          await client.inbox.first("odds_update");
          return client;
        }),
      ),
    );
    for (let step = 1; step <= 10; step += 1) {
      api.boards.set(SPORT, smallBoard(1.9 + step / 100));
      await Promise.all(
        clients.map((client) =>
          Promise.race([
            client.inbox.first("odds_update", (update) => update.version > step),
            client.inbox.first("odds_delta", (delta) => delta.version > step),
          ]),
        ),
      );
    }
    const [first, ...others] = clients.map(boardsByVersion);
    expect(first?.size).toBe(11);
    for (const other of others) expect(other).toEqual(first);
  });

  it("hear from the server each tick, changed or not", async () => {
    const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
    const server = await startAppOn(api);
    for (const { connect } of DOORS) {
      const client = await connect(server);
      client.say({ type: "subscribe", sport: SPORT, updates: "delta" });
      const ack = await client.inbox.first("subscription_ack");
      expect(ack).toMatchObject({ updates: "delta", recovered: false, resync: "NEW", room: `odds:${SPORT}` });
      const quiet = await client.inbox.next("odds_delta");
      const later = await client.inbox.next("odds_delta", (delta) => delta.fetchedAt > quiet.fetchedAt);
      expect(later.from).toBe(later.version);
      expect(later.changes.events).toBeUndefined();
    }
  });
});
