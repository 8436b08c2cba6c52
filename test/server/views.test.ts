import { describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import { applyDelta, type ClientBoard } from "../../src/client/apply-delta.js";
import { VIEW_LIMITS } from "../../src/delivery/view-limits.js";
import { bigBoard } from "../helpers/big-board.js";
import { DOORS, type TestClient, wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const subscribe = (fields: object = {}) => ({ type: "subscribe", sport: SPORT, ...fields });

/** Three games of two bookmakers; `prices` are the first of each. */
function games(...prices: number[]): OddsEvent[] {
  return prices.flatMap((price, i) => smallBoard(price).map((event) => ({ ...event, id: `g${i}` })));
}

async function setUp(env: Record<string, string> = {}) {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: games(1.5, 2, 3) }), (it) => it.close());
  return { api, server: await startAppOn(api, env) };
}

const ids = ({ odds }: Pick<ClientBoard, "odds">) => odds.map(({ id }) => id);
const priceOf = ({ odds }: Pick<ClientBoard, "odds">, id: string) =>
  odds.find((event) => event.id === id)?.bookmakers[0]?.markets[0]?.outcomes[0]?.price;

async function wholeView(client: TestClient, only?: object): Promise<ClientBoard> {
  const came = client.inbox.next("odds_update");
  client.say(subscribe({ updates: "delta", ...(only ? { only } : {}) }));
  const { type: _, ...board } = await came;
  return board;
}

describe.concurrent.each(DOORS)("A view at the $door door", ({ connect }) => {
  it("is acknowledged as it was understood, and holds nothing else", async () => {
    const { server } = await setUp();
    const client = await connect(server);
    client.say(subscribe({ only: { events: ["g2", "g0", "g2"], bookmakers: ["nobody", "draftkings"] } }));
    const ack = await client.inbox.first("subscription_ack");
    expect(ack.only).toEqual({ events: ["g0", "g2"], bookmakers: ["draftkings", "nobody"] });
    const { odds } = await client.inbox.first("odds_update");
    expect(odds.map(({ id, bookmakers }) => [id, bookmakers.map(({ key }) => key)])).toEqual([
      ["g0", ["draftkings"]],
      ["g2", ["draftkings"]],
    ]);
    client.say(subscribe());
    expect(await client.inbox.next("subscription_ack")).not.toHaveProperty("only");
    expect(ids(await client.inbox.next("odds_update"))).toEqual(["g0", "g1", "g2"]);
  });

  it("of what is not on the board is empty, until it comes", async () => {
    const { api, server } = await setUp();
    const client = await connect(server);
    expect((await wholeView(client, { events: ["g3"] })).odds).toEqual([]);
    api.boards.set(SPORT, games(1.5, 2, 3, 4));
    const { changes } = await client.inbox.next("odds_delta", (delta) => delta.changes.events !== undefined);
    expect(changes.events).toMatchObject([{ id: "g3", fresh: true, after: null }]);
  });

  it("has the board's version, and hears each tick though nothing of it moves", async () => {
    const { api, server } = await setUp();
    const client = await connect(server);
    const board = await wholeView(client, { events: ["g0"] });
    api.boards.set(SPORT, games(1.5, 2, 3.5));
    const step = await client.inbox.next("odds_delta", ({ version }) => version > board.version);
    expect(step.changes).not.toHaveProperty("events");
    const later = await client.inbox.next("odds_delta", ({ timestamp }) => timestamp > step.timestamp);
    expect(later).toMatchObject({ from: step.version, version: step.version });
    api.boards.set(SPORT, games(1.6, 2, 3.5));
    const moved = await client.inbox.next("odds_delta", ({ changes }) => changes.events !== undefined);
    expect(priceOf(applyDelta(applyDelta(board, step), moved), "g0")).toBe(1.6);
  });

  it("is changed for another by subscribing again, without a moment in which nobody wants the sport", async () => {
    const { server } = await setUp();
    const client = await connect(server);
    const { epoch, version } = await wholeView(client, { events: ["g0"] });
    for (const [only, held] of [
      [{ events: ["g1"] }, ["g1"]],
      [undefined, ["g0", "g1", "g2"]],
      [{ events: ["g2"] }, ["g2"]],
    ] as const) {
      const acked = client.inbox.next("subscription_ack");
      const came = client.inbox.next("odds_update");
      // What it has is of another view.
      client.say(subscribe({ updates: "delta", since: { epoch, version }, ...(only ? { only } : {}) }));
      expect(await acked).toMatchObject({ recovered: false, resync: "NEW" });
      expect(ids(await came)).toEqual(held);
      await client.inbox.next("odds_delta");
    }
    expect(client.inbox.messages.filter(({ type }) => type === "odds_update")).toHaveLength(4);
    const told = server.log.lines.map(({ message }) => message);
    expect(told.filter((message) => message.includes("ubscribed"))).toEqual([`Subscribed to ${SPORT}`]);
  });

  it("goes on after a cut from where it was", async () => {
    const { api, server } = await setUp();
    const only = { events: ["g0"], markets: ["h2h"] };
    const watcher = await connect(server);
    const leaver = await connect(server);
    await wholeView(watcher, { events: ["g1"] });
    const board = await wholeView(leaver, only);
    leaver.close();
    api.boards.set(SPORT, games(1.7, 2.7, 3));
    await watcher.inbox.next("odds_delta", ({ changes }) => changes.events !== undefined);
    const back = await connect(server);
    const { epoch, version } = board;
    back.say(subscribe({ updates: "delta", since: { epoch, version }, only }));
    expect(await back.inbox.first("subscription_ack")).toMatchObject({ recovered: true, only });
    const delta = await back.inbox.first("odds_delta");
    expect(delta.changes.events?.map(({ id }) => id)).toEqual(["g0"]);
    expect(priceOf(applyDelta(board, delta), "g0")).toBe(1.7);
    expect(back.inbox.all("odds_update")).toEqual([]);
  });

  it("that would be one too many is refused by its sport, and the subscription before stays", async () => {
    const { server } = await setUp({ MAX_MESSAGES_PER_SECOND: "1000", MAX_SUBSCRIPTIONS: "1000" });
    const crowd = await Promise.all(Array.from({ length: VIEW_LIMITS.ofClient }, () => wsClient(server)));
    for (const [n, client] of crowd.entries()) client.say(subscribe({ only: { events: [`game ${n}`] } }));
    await Promise.all(crowd.map(({ inbox }) => inbox.first("subscription_ack")));
    const client = await connect(server);
    await wholeView(client, { events: ["game 0"] });
    const refused = client.inbox.next("error");
    client.say(subscribe({ updates: "delta", only: { events: ["one too many"] } }));
    expect(await refused).toMatchObject({ code: "TOO_MANY_SUBSCRIPTIONS", sport: SPORT });
    await client.inbox.next("odds_delta");
    // One of them goes.
    crowd[5]?.close();
    await crowd[5]?.gone;
    const [delta, update] = [client.inbox.next("odds_delta"), client.inbox.next("odds_update")];
    await delta;
    client.say(subscribe({ updates: "delta", only: { events: ["one too many"] } }));
    expect((await update).odds).toEqual([]);
  });
});

describe("Who has the whole board", () => {
  it("is told the same whatever views there are beside", async () => {
    const { api, server } = await setUp();
    const [whole, view] = [await wsClient(server), await wsClient(server)];
    let board = await wholeView(whole);
    await wholeView(view, { events: ["g0"] });
    api.boards.set(SPORT, games(1.5, 2.2, 3));
    const step = await whole.inbox.next("odds_delta", ({ changes }) => changes.events !== undefined);
    board = applyDelta(board, step);
    expect(priceOf(board, "g1")).toBe(2.2);
    view.say({ type: "unsubscribe", sport: SPORT });
    await view.inbox.next("unsubscription_ack");
    await whole.inbox.next("odds_delta");
    expect(whole.inbox.all("odds_update")).toHaveLength(1);
  });
});

describe("Views that the board outgrows", () => {
  // A read that is slow on a busy machine is an error of another code, and ends nothing.
  const isEnd = ({ code }: { code: string }) => code === "TOO_MANY_SUBSCRIPTIONS";
  /** Resolves once so many games have come: in a delta, or as a whole board where the client was slow. */
  const comes = ({ inbox }: TestClient, games: number) =>
    Promise.race([
      inbox.first("odds_delta", ({ changes }) => changes.events?.length === games),
      inbox.first("odds_update", ({ odds }) => odds.length === games),
    ]);

  /** Clients of these addresses, each with all but a game of a board that is to come; and what becomes of them then. */
  async function grow(addresses: readonly string[]) {
    const { api, server } = await setUp({ TRUST_PROXY: "1" });
    api.boards.set(SPORT, []);
    const watcher = await wsClient(server);
    await wholeView(watcher);
    const clients: TestClient[] = [];
    for (const [n, address] of addresses.entries()) {
      const client = await wsClient(server, { headers: { "X-Forwarded-For": address } });
      await wholeView(client, { events: bigBoard(0).flatMap(({ id }, at) => (at === n ? [] : [id])) });
      clients.push(client);
    }
    api.boards.set(SPORT, bigBoard(0));
    const fates = await Promise.all(
      clients.map((client) =>
        Promise.race([
          client.inbox.first("error", isEnd).then(({ sport }) => `ended ${sport}`),
          comes(client, 99).then(() => "goes on"),
        ]),
      ),
    );
    return { server, watcher, clients, fates };
  }

  it("end, and nobody else notices", async () => {
    const { boards, boardsOfClient } = VIEW_LIMITS;
    const addresses = Array.from(
      { length: boards + 2 },
      (_, n) => `10.0.0.${Math.floor(n / boardsOfClient)}`,
    );
    const { server, watcher, clients, fates } = await grow(addresses);
    const ended = clients.filter((_, n) => fates[n] === `ended ${SPORT}`);
    expect(ended).toHaveLength(2);
    expect(fates.filter((fate) => fate === "goes on")).toHaveLength(boards);
    await comes(watcher, 100);
    expect(watcher.inbox.all("error").filter(isEnd)).toEqual([]);
    // Who was ended takes something else instead, on the same connection.
    const [one] = ended;
    expect(one && ids(await wholeView(one, { events: [bigBoard(0)[3]?.id] }))).toHaveLength(1);
    expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("end those of an address that has a quarter of all, and never another's for them", async () => {
    const greedy = Array.from({ length: VIEW_LIMITS.boards }, () => "10.0.0.1");
    const { fates } = await grow([...greedy, "10.0.0.2"]);
    expect(fates.at(-1)).toBe("goes on");
    expect(fates.filter((fate) => fate === "goes on")).toHaveLength(VIEW_LIMITS.boardsOfClient + 1);
  });
});
