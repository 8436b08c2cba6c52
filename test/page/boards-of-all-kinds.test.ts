import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { game, games, tournament } from "../helpers/games.js";
import { cell, describePage, prices, QUICK, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";
import { surprisingBoard } from "../helpers/surprising-board.js";

const SPORT = "basketball_nba";

describePage("The page", (open) => {
  async function show(board: unknown, query = "") {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: board }), (it) => it.close());
    const server = await startWithPageOn(api, QUICK);
    const tab = await open(`${server.url}/?sport=${SPORT}${query}`);
    const broken: string[] = [];
    tab.on("pageerror", ({ message }) => broken.push(message));
    await railSays(tab, "live");
    return { tab, api, broken };
  }

  it("shows names as they are: what looks like markup is text", async () => {
    const names = ["1. FC Köln", "<b>x</b>", `"><img src=x onerror=alert(1)>`, "Ü ₿ 球", "a".repeat(200)];
    const board = names.map((name, i) =>
      game(name, `Other ${i}`, { [name]: { h2h: [2, 1.9] }, Pinnacle: { h2h: [2, 1.9] } }),
    );
    const { tab, broken } = await show(board);
    for (const name of names) {
      await tab.locator("tbody th", { hasText: name }).first().waitFor();
      await tab.locator("thead .bookmaker", { hasText: name }).first().waitFor();
    }
    await cell(tab, "<b>x</b>", "bxb").hover();
    await expect.poll(() => tab.locator("#readout").innerText()).toContain("<b>x</b>: <b>x</b> 2.00");
    expect(await tab.locator(".board b, .board img, .below b").count()).toBe(0);
    await tab.getByLabel("Find").fill("<b>");
    await expect.poll(() => tab.locator("tbody").count()).toBe(1);
    await tab.getByLabel("Find").fill("<i>");
    await tab.getByText("Nothing is called “<i>”.").waitFor();
    expect(broken).toEqual([]);
  });

  it("says that a sport has no games, and shows them when there are", async () => {
    const { tab, api } = await show([]);
    await tab.getByText("There are no games of this sport at the moment.").waitFor();
    api.boards.set(SPORT, games(1, 2));
    await prices(tab).first().waitFor();
    expect(await tab.getByText("There are no games").count()).toBe(0);
  });

  it("shows all 150 runners of a tournament", async () => {
    const { tab, broken } = await show(tournament(150, 8));
    await expect.poll(() => prices(tab).count()).toBe(150 * 8);
    expect(await tab.locator("tbody tr:not(.event)").count()).toBe(150);
    expect(broken).toEqual([]);
  });

  it("shows 40 games by 40 bookmakers", async () => {
    const { tab, broken } = await show(games(40, 40), "&market=totals");
    await expect.poll(() => prices(tab).count()).toBe(40 * 40 * 2);
    expect(await tab.locator("thead .bookmaker").count()).toBe(40);
    expect(broken).toEqual([]);
  });

  it("shows what of surprising answers can be shown", async () => {
    const { tab, broken } = await show(surprisingBoard());
    await expect.poll(() => tab.locator("tbody").count()).toBe(5);
    for (const market of ["h2h", "spreads", "outrights"]) {
      await tab.goto(`${tab.url().replace(/&market=.*/, "")}&market=${market}`);
      await prices(tab).first().waitFor();
    }
    expect(broken).toEqual([]);
  });
});
