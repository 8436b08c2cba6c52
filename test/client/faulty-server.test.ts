import { Server } from "socket.io";
import { describe, expect, it } from "vitest";
import { connectOdds, type OddsConnection, type OddsError, type SportState } from "../../src/client/index.js";
import { eventually } from "../helpers/eventually.js";
import { ack, board, refusal, startFakeOddsServer } from "../helpers/fake-odds-server.js";
import { closeAfter } from "../helpers/start-app.js";

const QUICK = { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 50 };

async function setUp() {
  const server = await startFakeOddsServer();
  const odds: OddsConnection = closeAfter(connectOdds(server.url, QUICK), (it) => it.close());
  const errors: OddsError[] = [];
  odds.onError((error) => void errors.push(error));
  const follow = (sport: string) => {
    const states: SportState[] = [];
    const stop = odds.subscribe(sport, (state) => void states.push(state));
    return {
      stop,
      get last() {
        return states.at(-1);
      },
    };
  };
  const asked = (sport: string) => server.said.filter((it) => it.event === "subscribe" && it.sport === sport);
  return { server, odds, errors, follow, asked };
}

const delta = (sport: string, fields: Record<string, unknown> = {}) => {
  const { odds: _, ...head } = board(sport);
  return { ...head, type: "odds_delta", from: 1, version: 2, changes: {}, ...fields };
};

describe.concurrent("The client library, with a server that does not do as documented,", () => {
  it("passes over messages that cannot be read", async () => {
    const { server, follow } = await setUp();
    const nba = follow("nba");
    await eventually(() => nba.last?.board?.version).toBe(1);
    for (const event of ["odds_update", "odds_delta", "error", "reconnect", "subscription_ack"]) {
      server.odds.emit(event);
      for (const junk of [null, 7, "x", [], {}, { sport: "nba" }, { sport: null, code: 1, delayMs: "x" }])
        server.odds.emit(event, junk);
    }
    server.odds.emit("odds_update", board("nba", { odds: null }));
    server.odds.emit("odds_update", board("nba", { odds: [null] }));
    server.odds.emit("odds_update", board("nba", { version: 5 }));
    await eventually(() => nba.last?.board?.version).toBe(5);
  });

  it("keeps the board that it has where one lacks what views are made of", async () => {
    const { server, odds, errors } = await setUp();
    const states: SportState[] = [];
    odds.subscribe("nba", (state) => void states.push(state), {
      only: { bookmakers: ["b"], markets: ["m"] },
    });
    await eventually(() => states.at(-1)?.board?.version).toBe(1);
    const bookmakers = [{ key: "b" }, { key: "b", markets: [null] }, { markets: [] }, null];
    for (const junk of [{}, { bookmakers: "b" }, ...bookmakers.map((it) => ({ bookmakers: [it] }))])
      server.odds.emit("odds_update", board("nba", { version: 2, odds: [{ id: "a", ...junk }] }));
    await eventually(() => errors).toMatchObject([{ code: "INVALID_MESSAGE", sport: "nba" }]);
    server.cut();
    await eventually(() => states.some(({ stale, board }) => stale && board?.version === 1)).toBe(true);
    await eventually(() => states.at(-1)).toMatchObject({ stale: false, error: null });
  });

  it("asks for the whole board when a delta cannot be read, and says so once", async () => {
    const { server, follow, errors, asked } = await setUp();
    const nba = follow("nba");
    await eventually(() => nba.last?.board?.version).toBe(1);
    server.odds.emit("odds_delta", delta("nba", { changes: { events: 7 } }));
    await eventually(() => asked("nba").length).toBe(2);
    expect(asked("nba")[1]?.since).toBeUndefined();
    expect(errors).toMatchObject([{ code: "INVALID_MESSAGE", sport: "nba" }]);
    await eventually(() => nba.last?.error).toBe(null);
  });

  it("asks for the whole board when it has been told twice in a row what does not follow", async () => {
    const { server, follow, asked } = await setUp();
    const nba = follow("nba");
    await eventually(() => nba.last?.board?.version).toBe(1);
    server.behaviour = ({ event, since, sport, answer, socket }) => {
      if (event !== "subscribe" || !since) return false;
      answer(ack(sport, { recovered: true }));
      return socket.emit("odds_delta", delta(sport, { from: 8, version: 9 }));
    };
    server.odds.emit("odds_delta", delta("nba", { from: 4, version: 5 }));
    await eventually(() => asked("nba").map(({ since }) => since !== undefined)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it("ends what it is sent unasked", async () => {
    const { server, follow } = await setUp();
    const nba = follow("nba");
    await eventually(() => nba.last?.board?.version).toBe(1);
    server.odds.emit("odds_delta", delta("mlb"));
    await eventually(() => server.said.at(-1)).toMatchObject({ event: "unsubscribe", sport: "mlb" });
  });

  it("lets a sport go that was left while it was asked for, and keeps one that is wanted again", async () => {
    const { server, odds, follow, asked } = await setUp();
    const held: (() => void)[] = [];
    server.behaviour = ({ event, sport, answer }) => {
      if (event !== "subscribe" || held.length >= 2) return false;
      return held.push(() => answer(ack(sport, { version: null })));
    };
    await eventually(() => odds.state).toBe("connected");
    const left = follow("nba");
    await eventually(() => asked("nba").length).toBe(1);
    left.stop();
    held[0]?.();
    await eventually(() => server.said.at(-1)).toMatchObject({ event: "unsubscribe", sport: "nba" });
    const again = follow("mlb");
    await eventually(() => asked("mlb").length).toBe(1);
    again.stop();
    const back = follow("mlb");
    held[1]?.();
    await eventually(() => back.last?.board?.version).toBe(1);
    expect(server.said.filter(({ event }) => event === "unsubscribe").length).toBe(1);
  });

  it("says little of a sport that comes and goes a thousand times", async () => {
    const { server, odds, follow } = await setUp();
    await eventually(() => odds.state).toBe("connected");
    for (let i = 0; i < 1000; i++) odds.subscribe("nba", () => {})();
    const mlb = follow("mlb");
    await eventually(() => mlb.last?.board?.version).toBe(1);
    const words = () => server.said.map(({ event, sport }) => `${event} ${sport}`).sort();
    await eventually(words).toEqual(["subscribe mlb", "subscribe nba", "unsubscribe nba"]);
  });

  it("asks again for a sport that was refused for want of room, when there is room", async () => {
    const { server, follow, asked, errors } = await setUp();
    const gets = new Set<string>();
    server.behaviour = ({ event, sport, answer }) => {
      if (event === "unsubscribe") gets.delete(sport);
      else if (gets.size > 0) {
        answer(refusal("TOO_MANY_SUBSCRIPTIONS"));
        return true;
      } else gets.add(sport);
      return false;
    };
    const nba = follow("nba");
    const mlb = follow("mlb");
    await eventually(() => nba.last?.board?.version).toBe(1);
    await eventually(() => mlb.last?.error?.code).toBe("TOO_MANY_SUBSCRIPTIONS");
    nba.stop();
    await eventually(() => mlb.last?.board?.version).toBe(1);
    expect(asked("mlb").length).toBe(2);
    expect(errors.map(({ code }) => code)).toEqual(["TOO_MANY_SUBSCRIPTIONS"]);
  });

  it("asks again for a sport that was refused because of a fault", async () => {
    const { server, follow, asked } = await setUp();
    server.behaviour = ({ answer, sport, socket }) => {
      const time = asked(sport).length;
      answer(time === 2 ? refusal("INTERNAL") : ack(sport, { updateFrequency: 100 }));
      if (time !== 2) socket.emit("odds_update", board(sport, { version: time }));
      return true;
    };
    const mlb = follow("mlb");
    await eventually(() => mlb.last?.board?.version).toBe(1);
    server.cut();
    await eventually(() => mlb.last?.error?.code).toBe("INTERNAL");
    await eventually(() => mlb.last?.board?.version).toBe(3);
    expect(mlb.last?.error).toBe(null);
  });

  it("takes words of JavaScript's own for what they are: a field's name, an error's code", async () => {
    const { server, follow, errors } = await setUp();
    const nba = follow("nba");
    await eventually(() => nba.last?.board?.version).toBe(1);
    const event = (price: number) =>
      JSON.parse(`{"id": "a", "bookmakers": [], "__proto__": {"of": {"price": ${price}}}, "toString": "x"}`);
    for (const version of [2, 3])
      server.odds.emit("odds_update", board("nba", { version, odds: [event(version)] }));
    await eventually(() => nba.last?.board?.version).toBe(3);
    expect(JSON.stringify(nba.last?.board?.odds)).toBe(JSON.stringify([event(3)]));
    for (const code of ["constructor", "__proto__"]) server.odds.emit("error", { code, message: "No" });
    await eventually(() => errors.length).toBe(2);
    for (const { hint } of errors) expect(hint).toMatch(/^Wait: /);
  });

  it("takes an answer to a new token that cannot be read for a refusal, and goes on", async () => {
    const server = await startFakeOddsServer();
    server.behaviour = ({ answer }) => {
      answer({ ok: false });
      return true;
    };
    const odds = closeAfter(connectOdds(server.url, { ...QUICK, token: () => "t" }), (it) => it.close());
    const errors: OddsError[] = [];
    odds.onError((error) => void errors.push(error));
    await eventually(() => odds.state).toBe("connected");
    server.odds.emit("auth_ack", { type: "auth_ack", timestamp: 1, sub: null, expiresAt: 2 });
    await eventually(() => errors).toMatchObject([{ code: "INTERNAL" }]);
    expect(odds.state).toBe("connected");
  });

  it("is patient with answers that wait behind a large board", async ({ expect }) => {
    const { server, follow, asked } = await setUp();
    server.behaviour = ({ sport, answer, socket }) => {
      if (sport !== "mlb") return false;
      setTimeout(() => {
        answer(ack(sport));
        socket.emit("odds_update", board(sport));
      }, 6000);
      return true;
    };
    const nba = follow("nba");
    const mlb = follow("mlb");
    await expect.poll(() => mlb.last?.board?.version, { timeout: 40_000, interval: 200 }).toBe(1);
    expect(asked("mlb").length).toBe(2);
    expect(nba.last?.board?.version).toBe(1);
  }, 60_000);

  it("comes back to one that did not let it in", async ({ expect }) => {
    const io = new Server();
    let refused = 0;
    io.of("/odds").use((_socket, next) => {
      refused += 1;
      next(refused === 1 ? new Error("Not yet") : undefined);
    });
    io.listen(0);
    closeAfter(io, () => io.close());
    const { port } = (io as unknown as { httpServer: { address(): { port: number } } }).httpServer.address();
    const odds = closeAfter(connectOdds(`http://127.0.0.1:${port}`, QUICK), (it) => it.close());
    const errors: OddsError[] = [];
    odds.onError((error) => void errors.push(error));
    await expect.poll(() => odds.state, { timeout: 40_000, interval: 200 }).toBe("connected");
    expect(errors).toMatchObject([{ code: "NO_ANSWER", message: "Not yet" }]);
  }, 60_000);

  it("is closed when its tries are used up", async () => {
    const odds = connectOdds("http://127.0.0.1:9", { ...QUICK, reconnectionAttempts: 2 });
    closeAfter(odds, (it) => it.close());
    await eventually(() => odds.state).toBe("closed");
  });
});
