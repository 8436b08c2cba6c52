import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { game } from "../helpers/games.js";
import { focused, tabTo, walk } from "../helpers/keys.js";
import { cell, describePage, QUICK, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const board = (price: number) => [
  game("Ajax", "PSV", {
    Pinnacle: { h2h: [price, 1.9], spreads: [-1.5, 1.9, 1.95] },
    Unibet: { h2h: [2, 1.85], spreads: [-1.5, 1.87, 1.9] },
  }),
  game("Feyenoord", "Twente", { Pinnacle: { h2h: [2, 1.9] } }, 90),
];

describePage("An event, by the keyboard alone", (open) => {
  it("is opened, gone through moment by moment, and left to where one was", async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: board(2.01) }), (it) => it.close());
    const server = await startWithPageOn(api, QUICK);
    const tab = await open(`${server.url}/?sport=${SPORT}`);
    await railSays(tab, "live");
    await tabTo(tab, "td[data-bookmaker]");
    await tab.keyboard.press("Enter");
    const chart = tab.getByRole("slider");
    await chart.waitFor();
    expect(await focused(tab)).toBe("Ajax – PSV");

    const pinnacle = tab.locator(".prices tr", { hasText: "Pinnacle" });
    for (const price of [2.02, 2.03]) {
      api.boards.set(SPORT, board(price));
      await pinnacle.getByText(String(price)).first().waitFor();
    }
    await tabTo(tab, "[role=slider]");
    const told = () => chart.getAttribute("aria-valuetext");
    await tab.keyboard.press("ArrowLeft");
    await expect.poll(told).toMatch(/Pinnacle 2\.0[23], changed/);
    await tab.keyboard.press("Home");
    await expect.poll(told).toMatch(/Pinnacle 2\.01/);
    await tab.keyboard.press("ArrowRight");
    await expect.poll(told).toMatch(/Pinnacle 2\.02, changed/);
    await tab.keyboard.press("End");
    await expect.poll(told).toMatch(/Best Pinnacle 2\.03/);
    const all = tab.getByRole("button", { name: "All" });
    await tab.keyboard.press("+");
    await expect.poll(() => all.getAttribute("aria-pressed")).toBe("false");
    await tab.keyboard.press("0");
    await expect.poll(() => all.getAttribute("aria-pressed")).toBe("true");

    await tabTo(tab, ".prices [type=checkbox]");
    await tab.keyboard.press("Space");
    expect(await tab.locator(".prices [type=checkbox]:checked").count()).toBe(1);
    const { reached, unseen } = await walk(tab);
    expect(unseen).toEqual([]);
    expect(reached).toEqual(expect.arrayContaining(["Moneyline", "Ajax", "Zoom in", "Last hour"]));
    await tabTo(tab, "[name=outcome]");
    await tab.keyboard.press("ArrowRight");
    await expect.poll(() => tab.url()).toContain("outcome=PSV");
    await tab.keyboard.press("Escape");
    await cell(tab, "Feyenoord", "pinnacle").waitFor();
    expect(await focused(tab)).toMatch(/Ajax – PSV/);
  });
});
