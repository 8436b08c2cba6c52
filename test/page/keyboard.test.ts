import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { type FakeOddsApi, sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { game } from "../helpers/games.js";
import { focused, focusIsSeen, tabTo, walk } from "../helpers/keys.js";
import { describePage, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";

const OFFERS = {
  Pinnacle: { h2h: [2.1, 1.8], spreads: [-1.5, 1.9, 1.95] },
  Unibet: { h2h: [2, 1.85], spreads: [-1.5, 1.87, 1.9] },
} as const;
const BOARDS = {
  basketball_nba: [game("Ajax", "PSV", OFFERS, -10), game("Feyenoord", "Twente", OFFERS)],
  basketball_wnba: [game("Liberty", "Aces", OFFERS)],
};

describePage("By the keyboard alone", (open) => {
  async function start(width = 1440): Promise<Page> {
    const sports = Object.keys(BOARDS).map((key) => sport(key));
    const api: FakeOddsApi = closeAfter(await startFakeOddsApi(BOARDS, sports), (it) => it.close());
    const server = await startWithPageOn(api);
    const tab = await open(`${server.url}/?sport=basketball_nba`, { viewport: { width, height: 900 } });
    await railSays(tab, "live");
    return tab;
  }
  const query = (tab: Page) => new URL(tab.url()).search;
  const rows = (tab: Page) => tab.locator("tbody tr:not(.event) .name").allInnerTexts();

  it("all can be reached, and it is seen where one is", async () => {
    const tab = await start();
    const { reached, unseen } = await walk(tab);
    expect(unseen).toEqual([]);
    expect(reached).toEqual([
      "Skip to the odds",
      "Board",
      "Server",
      "API",
      expect.stringMatching(/^Sport/),
      expect.stringMatching(/^Theme/),
      "Moneyline",
      expect.stringMatching(/^Find/),
      "Only in play",
      expect.stringMatching(/^Prices/),
      expect.stringMatching(/^Fair by/),
      expect.stringMatching(/^Method/),
      "Bookmakers 2 of 2",
      expect.stringMatching(/^In play .+ Ajax – PSV ?: how its prices moved$/),
      "2.10 best",
      expect.stringMatching(/Feyenoord – Twente ?: how its prices moved$/),
    ]);
  });

  it("a board is chosen, and what it shows", async () => {
    const tab = await start();
    await tabTo(tab, "[name=market]");
    await tab.keyboard.press("ArrowRight");
    await expect.poll(() => query(tab)).toContain("market=spreads");
    await tabTo(tab, "#find");
    await tab.keyboard.type("psv");
    await expect.poll(() => rows(tab)).toEqual(["Ajax −1.5", "PSV +1.5"]);
    await tab.keyboard.press("Control+A");
    await tab.keyboard.press("Delete");
    await expect.poll(() => rows(tab)).toHaveLength(4);
    await tabTo(tab, "[type=checkbox]");
    await tab.keyboard.press("Space");
    await expect.poll(() => rows(tab)).toHaveLength(2);
    await tab.keyboard.press("Space");
    await tabTo(tab, "select");
    await tab.keyboard.type("American");
    await expect.poll(() => tab.locator("td[data-bookmaker] .price").first().innerText()).toBe("−111");
    await tabTo(tab, "select");
    await tab.keyboard.type("Unibet");
    await tabTo(tab, "select");
    await tab.keyboard.type("Shin");
    await expect.poll(() => query(tab)).toContain("fair=shin&by=unibet");
    await tabTo(tab, "summary");
    await tab.keyboard.press("Enter");
    await tabTo(tab, ".bookmakers [type=checkbox]");
    await tab.keyboard.press("Space");
    await expect.poll(() => query(tab)).toContain("hide=pinnacle");
    expect(await tab.locator("thead .bookmaker").allInnerTexts()).toEqual(["Unibet"]);
    await tab.keyboard.press("Escape");
    expect(await focused(tab)).toBe("Bookmakers 1 of 2");
    expect(await tab.locator(".bookmakers[open]").count()).toBe(0);
  });

  it("the sport and the theme are chosen", async () => {
    const tab = await start();
    await tabTo(tab, "#sport");
    await tab.keyboard.type("basketball_w");
    await expect.poll(() => rows(tab)).toEqual(["Liberty", "Aces"]);
    await tabTo(tab, "#theme");
    const ground = () => tab.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    const light = await ground();
    await tab.keyboard.type("dark");
    await expect.poll(ground).not.toBe(light);
    await tab.reload();
    await expect.poll(ground).not.toBe(light);
  });

  it("the arrows go from price to price, and what is known of each is told", async () => {
    const tab = await start();
    await tabTo(tab, "td[data-bookmaker]");
    const readout = () => tab.locator("#readout").innerText();
    await expect.poll(readout).toMatch(/^Pinnacle: Ajax 2\.10 · implies 47\.6 %/);
    for (const [key, says] of [
      ["ArrowRight", /^Unibet: Ajax 2\.00/],
      ["ArrowDown", /^Unibet: PSV 1\.85/],
      ["ArrowDown", /^Unibet: Feyenoord 2\.00/],
      ["Home", /^Pinnacle: Feyenoord 2\.10/],
      ["End", /^Unibet: Feyenoord 2\.00/],
      ["ArrowLeft", /^Pinnacle: Feyenoord 2\.10/],
      ["ArrowUp", /^Pinnacle: PSV 1\.80/],
      ["ArrowLeft", /^Pinnacle: PSV 1\.80/],
    ] as const) {
      await tab.keyboard.press(key);
      await expect.poll(readout).toMatch(says);
      expect(await focusIsSeen(tab)).toBe(true);
    }
  });

  it("an event is opened from its price or its link, and left again", async () => {
    const tab = await start();
    for (const from of ["td[data-bookmaker]", ".event a"]) {
      await tabTo(tab, from);
      await tab.keyboard.press("Enter");
      await expect.poll(() => query(tab)).toMatch(/[?&]event=/);
      await tab.locator(".board").waitFor({ state: "detached" });
      await tabTo(tab, "nav a[href*='sport=basketball_nba']:not([href*=event])");
      await tab.keyboard.press("Enter");
      await tab.locator(".board").waitFor();
      await tab.reload();
    }
  });

  it("the server is looked at, and the board again; the way to the odds can be cut short", async () => {
    const tab = await start();
    await tabTo(tab, "nav a[href*='view=server']");
    await tab.keyboard.press("Enter");
    await expect.poll(() => query(tab)).toContain("view=server");
    expect(await tab.locator("[aria-current=page]").innerText()).toBe("Server");
    await tab.keyboard.press("Shift+Tab");
    await tab.keyboard.press("Enter");
    await tab.locator(".board").waitFor();
    await tabTo(tab, ".skip");
    await tab.keyboard.press("Enter");
    await tab.keyboard.press("Tab");
    expect(await focused(tab)).toBe("Moneyline");
  });

  it("filters are opened on a telephone", async () => {
    const tab = await start(320);
    await tabTo(tab, ".more");
    expect(await tab.locator("#find").isVisible()).toBe(false);
    await tab.keyboard.press("Enter");
    await tabTo(tab, "#find");
    await tab.keyboard.type("Ajax");
    await expect.poll(() => rows(tab)).toEqual(["Ajax", "PSV"]);
  });
});
