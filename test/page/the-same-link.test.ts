import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { games } from "../helpers/games.js";
import { describePage, railSays, startWithPageOn } from "../helpers/page.js";
import { temporaryFolder } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORTS = ["basketball_nba", "icehockey_nhl"];

/** All that can be seen of a view but what grows older meanwhile. */
async function shown(tab: Page) {
  const toolbar = await tab.evaluate(`[...document.querySelectorAll("select:not(#theme), input")]
    .map(({ type, name, value, checked }) => [type, name, value, checked])`);
  return {
    toolbar,
    title: await tab.title(),
    bookmakers: await tab.locator("thead .bookmaker").allInnerTexts(),
    rows: await tab.locator("tbody tr").allInnerTexts(),
  };
}

describePage("A link that is opened anew", (open) => {
  it("shows the same view", async () => {
    const boards = { basketball_nba: games(4, 3), icehockey_nhl: games(20, 5) };
    const api = closeAfter(
      await startFakeOddsApi(
        boards,
        SPORTS.map((key) => sport(key)),
      ),
      (it) => it.close(),
    );
    const history = { HISTORY: "on", HISTORY_PATH: path.join(temporaryFolder(), "history.db") };
    const server = await startWithPageOn(api, history);
    const tab = await open(`${server.url}/?sport=basketball_nba`);
    await railSays(tab, "live");
    await tab.getByLabel("Sport").selectOption("icehockey_nhl");
    await railSays(tab, "live");
    await tab.getByRole("radio", { name: "Spread" }).check();
    await tab.getByLabel("Prices").selectOption("american");
    await tab.getByLabel("Fair by").selectOption("bookmaker1");
    await tab.getByLabel("Method").selectOption("power");
    await tab.getByLabel("Find").fill("home 1");
    await tab.locator("summary").click();
    await tab.getByLabel("Bookmaker 3", { exact: true }).uncheck();
    await tab.keyboard.press("Escape");
    // Home 1, and Home 10 to 19.
    await expect.poll(async () => (await shown(tab)).rows).toHaveLength(11 * 3);
    const first = await shown(tab);
    expect(first.bookmakers).toEqual(["Bookmaker 0", "Bookmaker 1", "Bookmaker 2", "Bookmaker 4"]);

    const other = await open(tab.url());
    await railSays(other, "live");
    await expect.poll(() => shown(other)).toEqual(first);
    expect(other.url()).toBe(tab.url());

    await tab.getByLabel("Find").fill("");
    await tab.getByLabel("Only in play").check();
    await expect.poll(() => tab.locator("tbody").count()).toBe(1);
    await other.goto(tab.url());
    await railSays(other, "live");
    await expect.poll(() => shown(other)).toEqual(await shown(tab));

    await tab.locator(".event a").first().click();
    await tab.getByRole("radio", { name: "Away 0" }).check();
    await tab.getByRole("combobox", { name: "Prices" }).selectOption("percent");
    await other.goto(tab.url());
    // What the history knows of it comes a moment later, at each of them.
    await expect.poll(async () => (await shown(tab)).rows.length).toBeGreaterThan(0);
    await expect
      .poll(async () => isDeepStrictEqual(...(await Promise.all([shown(tab), shown(other)]))))
      .toBe(true);
    expect(await other.getByRole("radio", { name: "Away 0" }).isChecked()).toBe(true);
  });

  it("shows what was looked at before when one goes back, and what came after when one goes on", async () => {
    const boards = { basketball_nba: games(4, 3), icehockey_nhl: games(6, 5) };
    const api = closeAfter(
      await startFakeOddsApi(
        boards,
        SPORTS.map((key) => sport(key)),
      ),
      (it) => it.close(),
    );
    const server = await startWithPageOn(api);
    const tab = await open(`${server.url}/?sport=basketball_nba&market=totals`);
    const rows = () => tab.locator("tbody").count();
    await expect.poll(rows).toBe(4);
    await tab.getByLabel("Sport").selectOption("icehockey_nhl");
    await expect.poll(rows).toBe(6);
    await tab.goBack();
    await expect.poll(rows).toBe(4);
    expect(await tab.getByLabel("Sport").inputValue()).toBe("basketball_nba");
    expect(await tab.locator("[name=market]:checked").getAttribute("value")).toBe("totals");
    await tab.goForward();
    await expect.poll(rows).toBe(6);
  });
});
