import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { game } from "../helpers/games.js";
import { describePage, QUICK, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

describePage("Somebody who looks at the server", (open) => {
  it("has no sport read, as that would cost credits; back at the board it is read again", async () => {
    const board = [game("Ajax", "PSV", { Pinnacle: { h2h: [2, 1.9] } })];
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: board }), (it) => it.close());
    const server = await startWithPageOn(api, QUICK);
    const wanted = async () => {
      const health = (await (await fetch(`${server.url}/health`)).json()) as { wanted: string[] };
      return health.wanted;
    };
    const tab = await open(`${server.url}/?sport=${SPORT}`);
    await railSays(tab, "live");
    await tab.getByRole("link", { name: "Server" }).click();
    await tab.locator(".server").waitFor();
    await expect.poll(wanted).toEqual([]);
    await tab.getByText("Nobody watches, so nothing is read.").waitFor();
    await tab.getByRole("link", { name: "Board" }).click();
    await railSays(tab, "live");
    expect(await wanted()).toEqual([SPORT]);
  });
});
