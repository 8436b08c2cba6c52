import { describe, it } from "vitest";
import { connectOdds, type OddsError, type SportState } from "../../src/client/index.js";
import { VIEW_LIMITS } from "../../src/delivery/view-limits.js";
import { bigBoard } from "../helpers/big-board.js";
import { type WsClient, wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { board, refusal, type Said, startFakeOddsServer } from "../helpers/fake-odds-server.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";
import { startTcpProxy } from "../helpers/tcp-proxy.js";

const SPORT = "basketball_nba";
const TOO_MANY = "TOO_MANY_SUBSCRIPTIONS";
/** What a server says that ends a view, or has no room for it. */
const NO_ROOM = { type: "error", timestamp: 0, code: TOO_MANY, message: "No.", sport: SPORT };

/** Games `a`, `b` and `c`, all at a price. */
const games = (price: number) =>
  ["a", "b", "c"].flatMap((id) => smallBoard(price).map((it) => ({ ...it, id })));

/** Connects, and keeps all that it and the listeners of its parts are told. */
function connect(url: string, options: Parameters<typeof connectOdds>[1] = {}) {
  const odds = closeAfter(
    connectOdds(url, { reconnectionDelay: 10, reconnectionDelayMax: 30, ...options }),
    (it) => it.close(),
  );
  const errors: OddsError[] = [];
  odds.onError((error) => errors.push(error));
  const watch = (...events: string[]) => {
    const told: SportState[] = [];
    const leave = odds.subscribe(SPORT, (state) => told.push(state), { only: { events } });
    return {
      told,
      leave,
      /** The boards not to rely on that it was told; but for what is late, as anything is where the machine stalls. */
      get doubtful() {
        const isLate = (reason: string | null) => reason === "OVERDUE" || reason === "SILENT";
        return told.filter(({ board, error, stale, reason }) => board && (error || stale) && !isLate(reason));
      },
      get ids() {
        return told.at(-1)?.board?.odds.map(({ id }) => id);
      },
      get price() {
        const { board, status } = told.at(-1) ?? {};
        return status === "live" && board?.odds[0]?.bookmakers[0]?.markets[0]?.outcomes[0]?.price;
      },
    };
  };
  /** What `onError` heard but of the connection. */
  const codes = () => errors.map(({ code }) => code).filter((code) => code !== "NO_ANSWER");
  return { odds, watch, errors, codes };
}

/** A server, and as many views as this machine may have: that of `a`, and of games that never come. */
async function full() {
  const api = closeAfter(await startFakeOddsApi({ [SPORT]: games(1.5) }), (it) => it.close());
  const server = await startAppOn(api);
  const crowd: WsClient[] = await Promise.all(
    Array.from({ length: VIEW_LIMITS.ofClient }, () => wsClient(server)),
  );
  for (const [n, { say }] of crowd.entries())
    say({
      type: "subscribe",
      sport: SPORT,
      updates: "delta",
      only: { events: [n === 0 ? "a" : `never ${n}`] },
    });
  await Promise.all(crowd.map(({ inbox }) => inbox.first("subscription_ack")));
  return { server, move: (price: number) => api.boards.set(SPORT, games(price)), crowd };
}

describe.concurrent("Where the server has no room for a view, its listeners have their parts of the whole board", () => {
  it("and keep them, whatever becomes of the connection", async ({ expect }) => {
    const { server, move } = await full();
    const wire = await startTcpProxy(server.port);
    const { odds, watch, errors, codes } = connect(`http://127.0.0.1:${wire.port}`);
    const a = watch("a");
    await expect.poll(() => a.ids).toEqual(["a"]);
    const b = watch("b");
    await expect.poll(() => b.ids).toEqual(["b"]);
    expect(a.ids).toEqual(["a"]);
    expect(odds.peek(SPORT)?.board?.odds).toHaveLength(3);
    expect(errors.find(({ code }) => code === TOO_MANY)?.hint).toContain("whole board");
    move(1.7);
    await expect.poll(() => [a.price, b.price]).toEqual([1.7, 1.7]);
    expect(a.doubtful).toEqual([]);
    const isCut = new Promise<void>((resolve) =>
      odds.onConnection((state) => state === "connecting" && resolve()),
    );
    wire.sever();
    await isCut;
    move(1.9);
    await expect.poll(() => [a.price, b.price]).toEqual([1.9, 1.9]);
    expect([a.told.at(-1)?.error, b.told.at(-1)?.error]).toEqual([null, null]);
    expect(codes()).toEqual([TOO_MANY]);
  });

  it("until there is room at a new connection", async ({ expect }) => {
    const { server, move, crowd } = await full();
    const wire = await startTcpProxy(server.port);
    const { odds, watch } = connect(`http://127.0.0.1:${wire.port}`);
    const b = watch("b");
    await expect.poll(() => odds.peek(SPORT)?.board?.odds).toHaveLength(3);
    crowd[5]?.close();
    await crowd[5]?.gone;
    wire.sever();
    await expect.poll(() => odds.peek(SPORT)?.board).toBeNull();
    move(1.7);
    await expect.poll(() => b.price).toBe(1.7);
  });

  it("and until another view is watched, for which there is", async ({ expect }) => {
    const { server, move } = await full();
    const { odds, watch, codes } = connect(server.url);
    const [a, b] = [watch("a"), watch("b")];
    await expect.poll(() => b.ids).toEqual(["b"]);
    b.leave();
    await expect.poll(() => odds.peek(SPORT)?.board).toBeNull();
    move(1.7);
    await expect.poll(() => a.price).toBe(1.7);
    const again = watch("b");
    expect(odds.peek(SPORT, { only: { events: ["b"] } })).toMatchObject({ board: null, error: null });
    await expect.poll(() => again.ids).toEqual(["b"]);
    // It was over in between.
    expect(codes()).toEqual([TOO_MANY, TOO_MANY]);
  });

  it("also where the board has outgrown it", async ({ expect }) => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: [] }), (it) => it.close());
    const server = await startAppOn(api);
    const ids = bigBoard(0).map(({ id }) => id);
    const but = (n: number) => ids.filter((_, at) => at !== n);
    for (let n = 0; n < VIEW_LIMITS.boardsOfClient; n++) {
      const client = await wsClient(server);
      client.say({ type: "subscribe", sport: SPORT, updates: "delta", only: { events: but(n) } });
      await client.inbox.first("odds_update");
    }
    const { odds, watch, codes } = connect(server.url);
    const view = watch(...but(50));
    const { told } = view;
    await expect.poll(() => told.at(-1)?.status).toBe("live");
    api.boards.set(SPORT, bigBoard(0));
    await expect
      .poll(() => [told.at(-1)?.status, told.at(-1)?.reason, told.at(-1)?.board?.odds.length])
      .toEqual(["live", null, 99]);
    expect(odds.peek(SPORT)?.board?.odds).toHaveLength(100);
    // What it had was old from the moment that the server said so.
    expect(view.doubtful).toMatchObject([{ status: "stale", reason: TOO_MANY }]);
    expect(told.filter(({ error }) => error)).toEqual([]);
    expect(codes()).toEqual([TOO_MANY]);
  });
});

describe.concurrent("For a view that is one too many a server is asked", () => {
  async function start() {
    const server = await startFakeOddsServer();
    const isView = ({ event, only }: Said) => event === "subscribe" && only !== undefined;
    const noViews = (it: Said) => isView(it) && (it.answer(refusal(TOO_MANY)) ?? true);
    /** What was asked for since the last look: events, and whether from a version on. */
    let seen = 0;
    const asked = () =>
      server.said.slice(seen).map(({ only, since }) => {
        const { events } = (only ?? { events: ["all"] }) as { events: string[] };
        return `${events.join()}${since ? " since" : ""}`;
      });
    const look = () => {
      seen = server.said.length;
    };
    return { server, noViews, asked, look, ...connect(server.url) };
  }

  it("for the whole board, from where that is, and for the view once more with each connection", async ({
    expect,
  }) => {
    const { server, noViews, asked, look, watch, codes } = await start();
    const a = watch("a");
    await expect.poll(() => a.told.at(-1)?.board?.version).toBe(1);
    expect(asked()).toEqual(["a"]);
    look();
    server.behaviour = noViews;
    const b = watch("b");
    await expect.poll(() => b.told.at(-1)?.board?.version).toBe(1);
    // The board of a view is none to go on from.
    expect(asked()).toEqual(["a,b", "all"]);
    look();
    watch("c");
    await expect.poll(asked).toEqual(["a,b,c", "all since"]);
    look();
    server.cut();
    await expect.poll(asked).toEqual(["a,b,c", "all since"]);
    look();
    // A step is missing: of what is sent, that is.
    server.odds.emit("odds_delta", {
      ...board(SPORT, { version: 9 }),
      type: "odds_delta",
      from: 8,
      changes: {},
    });
    await expect.poll(asked).toEqual(["all since"]);
    expect(codes()).toEqual([TOO_MANY]);
  });

  it("once each, where the whole board is refused, too", async ({ expect }) => {
    const { server, asked, look, watch, odds, codes } = await start();
    server.behaviour = ({ answer, sport }) => sport === SPORT && (answer(refusal(TOO_MANY)) ?? true);
    const a = watch("a");
    await expect.poll(() => a.told.at(-1)?.error?.code).toBe(TOO_MANY);
    await expect.poll(asked).toEqual(["a", "all"]);
    // What is asked for after that comes after that.
    const isThere = (sport: string) =>
      new Promise<void>((resolve) => odds.subscribe(sport, (state) => state.board && resolve()));
    for (const sport of ["one", "two", "three"]) await isThere(sport);
    expect(asked()).toEqual(["a", "all", "all", "all", "all"]);
    expect(a.told.at(-1)).toMatchObject({ board: null, reason: TOO_MANY, error: { code: TOO_MANY } });
    expect(codes()).toEqual([TOO_MANY]);
    // There is room, as another sport is left.
    odds.subscribe("four", () => {})();
    look();
    server.behaviour = undefined;
    await expect.poll(asked).toContain("a");
    await expect.poll(() => a.told.at(-1)?.board?.version).toBe(1);
    expect(a.told.at(-1)?.error).toBeNull();
  });

  it("for the whole board at once, where it ends one that it sent", async ({ expect }) => {
    const { server, asked, watch, codes } = await start();
    const a = watch("a");
    await expect.poll(() => a.told.at(-1)?.board?.version).toBe(1);
    server.odds.emit("error", NO_ROOM);
    // For its silence alone it would be asked after three ticks of 5 s.
    await expect.poll(asked, { timeout: 10_000 }).toEqual(["a", "all"]);
    await expect.poll(() => a.told.at(-1)?.status).toBe("live");
    expect(codes()).toEqual([TOO_MANY]);
  });

  it("for the view again, where it said no for another reason", async ({ expect }) => {
    const { server, asked, look, watch } = await start();
    const a = watch("a");
    await expect.poll(() => a.told.at(-1)?.board?.version).toBe(1);
    server.behaviour = ({ answer }) => answer(refusal("INTERNAL")) ?? true;
    const b = watch("b");
    await expect.poll(() => b.told.at(-1)?.error?.code).toBe("INTERNAL");
    server.behaviour = undefined;
    look();
    const gap = { ...board(SPORT, { version: 9 }), type: "odds_delta", from: 8, changes: {} };
    server.odds.emit("odds_delta", gap);
    await expect.poll(asked).toEqual(["a,b"]);
    await expect.poll(() => b.told.at(-1)?.status).toBe("live");
  });

  it("not at all, where it ends one that nobody watches any more", async ({ expect }) => {
    const { server, asked, watch, codes } = await start();
    const a = watch("a");
    await expect.poll(() => a.told.at(-1)?.board?.version).toBe(1);
    // The server ends the view of `a` before it reads that there is another.
    server.behaviour = ({ only, socket }) => {
      if (only) socket.emit("error", NO_ROOM);
      return false;
    };
    const b = watch("b");
    await expect.poll(() => b.told.at(-1)?.board?.version).toBe(1);
    await expect.poll(() => a.told.at(-1)?.status).toBe("live");
    expect(asked()).toEqual(["a", "a,b"]);
    expect(codes()).toEqual([TOO_MANY]);
  });
});
