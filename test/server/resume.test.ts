import { describe, expect, it } from "vitest";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import { bigBoard } from "../helpers/big-board.js";
import { DOORS, type TestClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

async function setUp() {
  const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
  return { api, server: await startAppOn(api) };
}

async function wholeBoard(client: TestClient): Promise<ClientBoard> {
  client.say({ type: "subscribe", sport: SPORT, updates: "delta" });
  const { type: _, ...board } = await client.inbox.first("odds_update");
  return board;
}

/** A watcher that stays, so that versions go on while the others are away. */
async function moveOn(
  api: { boards: Map<string, unknown> },
  watcher: TestClient,
  price: number,
): Promise<void> {
  api.boards.set(SPORT, smallBoard(price));
  await watcher.inbox.next("odds_update", (update) =>
    JSON.stringify(update.odds).includes(`"price":${price}`),
  );
}

describe.each(DOORS)("A client that comes back at the $door door", ({ connect }) => {
  it("after a cut in a quiet room gets an empty delta", async () => {
    const { server } = await setUp();
    const board = await wholeBoard(await connect(server));
    const back = await connect(server);
    back.say({ type: "subscribe", sport: SPORT, updates: "delta", since: board });
    expect(await back.inbox.first("subscription_ack")).toMatchObject({
      recovered: true,
      version: board.version,
    });
    expect(await back.inbox.first("odds_delta")).toMatchObject({
      from: board.version,
      version: board.version,
    });
    expect(back.inbox.all("odds_update")).toEqual([]);
  });

  it("after a cut in a busy room gets what it missed, merged into one delta", async () => {
    const { api, server } = await setUp();
    const watcher = await connect(server);
    watcher.say({ type: "subscribe", sport: SPORT });
    const leaver = await connect(server);
    const board = await wholeBoard(leaver);
    leaver.close();
    for (const price of [2.11, 2.22, 2.33]) await moveOn(api, watcher, price);
    const back = await connect(server);
    back.say({ type: "subscribe", sport: SPORT, updates: "delta", since: board });
    const ack = await back.inbox.first("subscription_ack");
    const delta = await back.inbox.first("odds_delta");
    expect(ack).toMatchObject({ recovered: true });
    expect(ack).not.toHaveProperty("resync");
    expect(delta).toMatchObject({ from: board.version, conflated: true });
    const now = await watcher.inbox.first("odds_update", (update) => update.version === delta.version);
    expect(applyDelta(board, delta).odds[0]?.bookmakers[0]?.markets[0]?.outcomes).toEqual(
      now.odds[0]?.bookmakers[0]?.markets[0]?.outcomes,
    );
  });

  it.each([
    ["another epoch", "EPOCH_CHANGED", (board: ClientBoard) => ({ epoch: "gone", version: board.version })],
    [
      "a version that was never reached",
      "TOO_OLD",
      (board: ClientBoard) => ({ ...board, version: board.version + 9 }),
    ],
    ["a version before the recent steps", "TOO_OLD", (board: ClientBoard) => ({ ...board, version: 0 })],
  ])("from %s gets the whole board, and why", async (_case, resync, since) => {
    const { server } = await setUp();
    const board = await wholeBoard(await connect(server));
    const back = await connect(server);
    const { epoch, version } = since(board);
    back.say({ type: "subscribe", sport: SPORT, updates: "delta", since: { epoch, version } });
    expect(await back.inbox.first("subscription_ack")).toMatchObject({ recovered: false, resync });
    expect((await back.inbox.first("odds_update")).odds).toEqual(board.odds);
    const first = back.inbox.messages.find((message) => message.type !== "subscription_ack");
    expect(first?.type).toBe("odds_update");
  });

  it("to a board of which nothing is left gets it whole, and no second time", async () => {
    const { api, server } = await setUp();
    const games = (day: string) =>
      bigBoard(0)
        .slice(0, 10)
        .map((game) => ({ ...game, id: `${day}${game.id}` }));
    api.boards.set(SPORT, games("today"));
    const leaver = await connect(server);
    const { epoch, version: before } = await wholeBoard(leaver);
    api.boards.set(SPORT, games("tomorrow"));
    await leaver.inbox.next("odds_delta", ({ version }) => version > before);
    leaver.close();
    const back = await connect(server);
    back.say({ type: "subscribe", sport: SPORT, updates: "delta", since: { epoch, version: before } });
    expect(await back.inbox.first("subscription_ack")).toMatchObject({ recovered: false, resync: "TOO_OLD" });
    await back.inbox.first("odds_delta");
    expect(back.inbox.all("odds_update").map(({ odds }) => odds[0]?.id.slice(0, 8))).toEqual(["tomorrow"]);
  });
});
