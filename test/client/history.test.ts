import { describe, expect, it } from "vitest";
import { history } from "../../src/client/history.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { keep, openEngine, openHistory } from "../helpers/kept-boards.js";
import { closeAfter, startApp } from "../helpers/start-app.js";
import { SECRET, sign } from "../helpers/tokens.js";

const SPORT = "basketball_nba";
const START = Date.parse("2026-11-22T20:00:00Z");
const EVENT = smallBoard()[0]?.id ?? "";

async function start(env: Record<string, string> = {}) {
  const engine = await openEngine();
  const prices = Array.from({ length: 1200 }, (_, i) => 1.5 + (i % 9) / 10);
  const readings = prices.map((price, i) => ({ at: START + i * 5000, events: smallBoard(price) }));
  await keep(engine, SPORT, readings);
  const kept = openHistory(engine, () => START + 1200 * 5000);
  return startApp({ ODDS_SOURCE: "simulated", ...env }, { history: kept });
}

describe("history()", () => {
  it("gives what the server knows", async () => {
    const { url } = await start();
    const past = history(url);
    const { events } = await past.events(SPORT, { from: new Date(START) });
    expect(events).toMatchObject([{ id: EVENT, isListed: true, called: [{ home_team: "Boston Celtics" }] }]);
    const page = await past.changes(SPORT, EVENT, { bookmaker: "fanduel", limit: 10 });
    expect(page.changes).toHaveLength(10);
    const next = await past.changes(SPORT, EVENT, { bookmaker: "fanduel", limit: 10, cursor: page.cursor });
    expect(next.changes[0]?.at).toBe(START + 50_000);
    let all = 0;
    for await (const { outcomes } of past.allChanges(SPORT, EVENT, { bookmaker: "fanduel" })) {
      if (outcomes) all += 1;
    }
    expect(all).toBe(1200);
    const chart = { bookmaker: "fanduel", market: "h2h", points: 20 };
    expect((await past.points(SPORT, EVENT, chart)).changes).toHaveLength(20);
    const { lines } = await past.lines(SPORT, EVENT);
    expect(lines.find(({ name }) => name === "Boston Celtics")).toMatchObject({ opening: { at: START } });
    const board = await past.at(SPORT, "2026-11-22T20:00:06Z");
    expect(board).toMatchObject({ readAt: START + 5000, odds: [{ id: EVENT }] });
    expect(await past.status()).toMatchObject({ engine: "sqlite", lastError: null });
    const decoder = new TextDecoder();
    let text = "";
    for await (const piece of await past.export(SPORT, { format: "ndjson" })) {
      text += decoder.decode(piece, { stream: true });
    }
    expect(text.trimEnd().split("\n")).toHaveLength(1201);
  });

  it("rejects with what is wrong, and what is to be done", async () => {
    const { url } = await start();
    const past = history(url);
    await expect(past.at(SPORT, START - 1)).rejects.toMatchObject({
      name: "HistoryError",
      code: "NOT_COVERED",
      gap: { from: null, to: START, reason: "NOT_KEPT" },
      hint: expect.stringContaining("gap"),
    });
    await expect(past.lines("curling_moon", EVENT)).rejects.toMatchObject({ code: "UNKNOWN_SPORT" });
    await expect(past.export("curling_moon")).rejects.toMatchObject({ code: "UNKNOWN_SPORT" });
    expect(() => history("localhost:3001")).toThrow("history takes the server's origin");
  });

  it("says so where there is no server, or something else answers", async () => {
    const nobody = await startFakeOddsApi();
    await nobody.close();
    await expect(history(nobody.url).status()).rejects.toMatchObject({ code: "NO_ANSWER" });
    const other = closeAfter(await startFakeOddsApi(), (it) => it.close());
    await expect(history(other.url).status()).rejects.toMatchObject({ code: "NO_ANSWER" });
  });

  it("presents the application's token at each question", async () => {
    const { url } = await start({ AUTH_JWT_SECRET: SECRET });
    await expect(history(url).status()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    let asked = 0;
    const past = history(url, {
      token: async () => {
        asked += 1;
        return sign({ sports: [SPORT] });
      },
    });
    await past.status();
    await past.lines(SPORT, EVENT);
    expect(asked).toBe(2);
    await expect(past.events("icehockey_nhl")).rejects.toMatchObject({ code: "SPORT_NOT_ALLOWED" });
    const broken = history(url, { token: () => Promise.reject(new Error("signed out")) });
    await expect(broken.status()).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      message: expect.stringContaining("signed out"),
    });
  });
});
