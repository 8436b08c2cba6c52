import { expect, it } from "vitest";
import { sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { game } from "../helpers/games.js";
import { tabTo } from "../helpers/keys.js";
import { describePage, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";

describePage("Somebody who goes down the list of sports by arrow keys", (open) => {
  it("has none read that is only passed by: each would cost credits", async () => {
    const boards = Object.fromEntries(
      ["one", "two", "three", "four"].map((key) => [
        key,
        [game(`${key} A`, `${key} B`, { Pinnacle: { h2h: [2, 1.8] } })],
      ]),
    );
    const sports = Object.keys(boards).map((key) => sport(key));
    const api = closeAfter(await startFakeOddsApi(boards, sports), (it) => it.close());
    const server = await startWithPageOn(api);
    const tab = await open(`${server.url}/?sport=one`);
    await railSays(tab, "live");
    await tabTo(tab, "#sport");
    // Sent in one go: where each waits for the one before, a machine that stalls in between rests at a sport.
    await Promise.all([1, 2, 3].map(() => tab.keyboard.press("ArrowDown")));
    await tab.locator('td[data-outcome="four A"]').first().waitFor({ state: "attached" });
    expect([...new Set(api.reads.map(({ sport }) => sport))]).toEqual(["one", "four"]);
  });
});
