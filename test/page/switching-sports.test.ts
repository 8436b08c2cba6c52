import type { CDPSession, Page } from "playwright-core";
import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { game, games, tournament } from "../helpers/games.js";
import { describePage, railSays, startWithPageOn } from "../helpers/page.js";
import { scrape } from "../helpers/scrape.js";
import { closeAfter } from "../helpers/start-app.js";

/** A board of each sport, with a row that only it has. */
const BOARDS = {
  one: [...games(8, 8), game("Only One", "Another", { Pinnacle: { h2h: [2, 1.9] } })],
  two: [...games(10, 6), game("Only Two", "Another", { Pinnacle: { h2h: [2, 1.9] } })],
  winner: tournament(30, 5),
};
const ROW = { one: "Only One", two: "Only Two", winner: "Runner 29" };

describePage("A page whose sport is switched 50 times", (open) => {
  it("holds no more than after 10 times, and one connection", async () => {
    const api = closeAfter(await startFakeOddsApi(BOARDS), (it) => it.close());
    const server = await startWithPageOn(api);
    const tab = await open(`${server.url}/?sport=one`);
    let sockets = 0;
    tab.on("websocket", () => {
      sockets += 1;
    });
    await railSays(tab, "live");
    const devTools = await tab.context().newCDPSession(tab);
    await devTools.send("Performance.enable");
    await go(tab, 10);
    const before = await held(devTools);
    await go(tab, 40);
    const after = await held(devTools);
    process.stdout.write(`After 10 switches ${JSON.stringify(before)}, after 50 ${JSON.stringify(after)}\n`);
    // Less than two more with each of 40 switches, where a board is dozens.
    expect(after.nodes).toBeLessThan(before.nodes + 80);
    expect(after.listeners).toBeLessThan(before.listeners + 80);
    // Compiled code, and what the browser keeps of each step of its history, are 150 to 300 of it; a board is more than 50.
    expect(after.heapKb - before.heapKb).toBeLessThan(500);
    expect(sockets).toBeLessThanOrEqual(1);
    const health = await (await fetch(`${server.url}/health`)).json();
    expect(health).toMatchObject({ websocket: 1, clients: { socketio: 1, websocket: 0 } });
    const subscriptions = async () =>
      (await scrape(server)).value("live_odds_subscriptions", { transport: "socketio", updates: "delta" });
    await expect.poll(subscriptions).toBe(1);
  });
});

/** Switches from sport to sport so often, each time until its board is there; ends at the last of them. */
async function go(tab: Page, times: number): Promise<void> {
  const sports = ["one", "winner", "two"] as const;
  for (let left = times; left > 0; left -= 1) {
    const sport = sports[left % 3] ?? "one";
    await tab.locator("#sport").selectOption(sport);
    await tab.locator(`td[data-outcome="${ROW[sport]}"]`).first().waitFor({ state: "attached" });
    await railSays(tab, "live");
  }
}

/** What the page holds when all that can be collected is. */
async function held(devTools: CDPSession) {
  await devTools.send("HeapProfiler.collectGarbage");
  const { metrics } = await devTools.send("Performance.getMetrics");
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return {
    heapKb: Math.round(of("JSHeapUsedSize") / 1024),
    nodes: of("Nodes"),
    listeners: of("JSEventListeners"),
  };
}
