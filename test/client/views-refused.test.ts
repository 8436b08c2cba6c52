import { describe, it } from "vitest";
import { connectOdds, type OddsError } from "../../src/client/index.js";
import { tooManyOfSport, VIEW_LIMITS } from "../../src/delivery/view-limits.js";
import { wsClient } from "../helpers/clients.js";
import { startFakeOddsServer } from "../helpers/fake-odds-server.js";
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

  it("and of sports, that there are too many of these", async ({ expect }) => {
    const { odds, refused } = connect((await startApp({ MAX_SUBSCRIPTIONS: "1" })).url);
    odds.subscribe(SPORT, () => {}, { only: { events: ["a"] } });
    odds.subscribe("soccer_epl", () => {}, { only: { events: ["a"] } });
    expect((await refused).hint).toContain("MAX_SUBSCRIPTIONS");
  });
});
