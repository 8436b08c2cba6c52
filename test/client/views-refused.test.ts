import { describe, it } from "vitest";
import { connectOdds, type OddsError, type SportState } from "../../src/client/index.js";
import { tooManyOfSport, VIEW_LIMITS } from "../../src/delivery/view-limits.js";
import { wsClient } from "../helpers/clients.js";
import { board, refusal, startFakeOddsServer } from "../helpers/fake-odds-server.js";
import { closeAfter, startApp } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

function connect(url: string) {
  const odds = closeAfter(connectOdds(url), (it) => it.close());
  const refused = new Promise<OddsError>((resolve) => odds.onError(resolve));
  return { odds, refused };
}

describe.concurrent("Who watches a part is told what to do about it", () => {
  it("where it lists nothing", async ({ expect }) => {
    const { odds, refused } = connect((await startApp()).url);
    odds.subscribe(SPORT, () => {}, { only: { events: [] } });
    const { code, message, hint } = await refused;
    expect(code).toBe("INVALID_MESSAGE");
    expect(message).toContain("`only.events` must be a list of 1 to 100");
    expect(hint).toContain("do not subscribe");
  });

  it("where its client has as many views as it may", async ({ expect }) => {
    const server = await startApp({ MAX_SUBSCRIPTIONS: "1" });
    const crowd = await Promise.all(Array.from({ length: VIEW_LIMITS.ofClient }, () => wsClient(server)));
    for (const [n, { say }] of crowd.entries())
      say({ type: "subscribe", sport: SPORT, only: { events: [`game ${n}`] } });
    await Promise.all(crowd.map(({ inbox }) => inbox.first("subscription_ack")));
    const { odds, refused } = connect(server.url);
    odds.subscribe(SPORT, () => {}, { only: { events: ["one too many"] } });
    expect(await refused).toMatchObject({ code: "TOO_MANY_SUBSCRIPTIONS", sport: SPORT });
    expect((await refused).hint).toContain("The whole board comes instead");
    expect((await refused).hint).toContain("Leave `only` out");
  });

  it("where the server has ended what the board outgrew", async ({ expect }) => {
    const server = await startFakeOddsServer();
    const { odds, refused } = connect(server.url);
    const isThere = new Promise<void>((resolve) =>
      odds.subscribe(SPORT, ({ board }) => board && resolve(), { only: { events: ["a"] } }),
    );
    await isThere;
    const { code, message } = tooManyOfSport();
    server.odds.emit("error", { type: "error", timestamp: Date.now(), code, message, sport: SPORT });
    expect((await refused).hint).toContain("Leave `only` out");
  });

  it("as long as there is nothing for them, where the whole board is refused, too", async ({ expect }) => {
    const server = await startFakeOddsServer();
    const { odds } = connect(server.url);
    const errors: OddsError[] = [];
    odds.onError((error) => errors.push(error));
    const told: Record<"a" | "b", SportState | undefined> = { a: undefined, b: undefined };
    const watch = (event: "a" | "b") =>
      odds.subscribe(
        SPORT,
        (state) => {
          told[event] = state;
        },
        { only: { events: [event] } },
      );
    watch("a");
    await expect.poll(() => told.a?.board?.version).toBe(1);
    const code = "TOO_MANY_SUBSCRIPTIONS";
    server.behaviour = ({ answer }) => answer(refusal(code)) ?? true;
    const leave = watch("b");
    await expect.poll(() => told.b?.error?.code).toBe(code);
    // The server goes on with what it sent before.
    server.odds.emit("odds_update", board(SPORT, { version: 2 }));
    await expect.poll(() => told.a?.board?.version).toBe(2);
    expect(told.a).toMatchObject({ status: "live", reason: null, error: null });
    expect(told.b).toMatchObject({ board: null, status: null, reason: code, error: { code } });
    // What befalls the sport meanwhile is told to both, and is over for both.
    const passing = {
      type: "error",
      timestamp: Date.now(),
      code: "UPSTREAM_FAILED",
      message: "No.",
      sport: SPORT,
    };
    server.odds.emit("error", passing);
    await expect.poll(() => told.b?.error?.code).toBe(passing.code);
    expect(told.a?.error?.code).toBe(passing.code);
    server.odds.emit("odds_update", board(SPORT, { version: 3 }));
    await expect.poll(() => told.a?.board?.version).toBe(3);
    expect([told.a?.error, told.b?.error?.code]).toEqual([null, code]);
    // Refused again, it is no news.
    const asked = server.said.length;
    leave();
    watch("b");
    // The view of one, that of both, and the whole board.
    await expect.poll(() => server.said.length).toBe(asked + 3);
    server.odds.emit("odds_update", board(SPORT, { version: 4 }));
    await expect.poll(() => told.a?.board?.version).toBe(4);
    expect(told.b).toMatchObject({ board: null, reason: code, error: { code } });
    expect(errors.map((error) => error.code)).toEqual([code, passing.code]);
    // There is room for it now.
    server.behaviour = undefined;
    server.cut();
    await expect.poll(() => told.b?.board?.version).toBe(1);
    expect(told.b?.error).toBeNull();
  });

  it("and of sports, that there are too many of these", async ({ expect }) => {
    const { odds, refused } = connect((await startApp({ MAX_SUBSCRIPTIONS: "1" })).url);
    odds.subscribe(SPORT, () => {}, { only: { events: ["a"] } });
    odds.subscribe("soccer_epl", () => {}, { only: { events: ["a"] } });
    expect((await refused).hint).toContain("MAX_SUBSCRIPTIONS");
  });
});
