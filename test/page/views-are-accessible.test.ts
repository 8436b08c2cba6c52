import path from "node:path";
import { expect, it } from "vitest";
import { AXE, findings } from "../helpers/axe.js";
import { wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { game } from "../helpers/games.js";
import { describePage, QUICK, railSays, startWithPageOn } from "../helpers/page.js";
import { temporaryFolder } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

describePage("axe-core, at three widths in both themes", (open) => {
  const board = (step: number) => [
    game("Ajax", "PSV", {
      Pinnacle: { h2h: [2 + step / 100, 1.9], spreads: [-1.5, 1.9, 1.9] },
      Unibet: { h2h: [2, 1.9 - step / 100], spreads: [-1.5 - step, 1.9, 1.9] },
    }),
  ];
  async function start() {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: board(0) }), (it) => it.close());
    const history = { HISTORY: "on", HISTORY_PATH: path.join(temporaryFolder(), "history.db") };
    return { api, server: await startWithPageOn(api, { ...QUICK, ...history }) };
  }

  it("finds nothing wrong with an event whose prices moved", async () => {
    const { api, server } = await start();
    const tab = await open(`${server.url}/?sport=${SPORT}`, { first: AXE });
    await railSays(tab, "live");
    for (const step of [1, 2]) {
      api.boards.set(SPORT, board(step));
      await tab
        .getByText(`${2 + step / 100}`)
        .first()
        .waitFor();
    }
    await tab.locator(".event a").first().click();
    await tab.locator(".plot canvas").waitFor();
    await tab.locator(".movement tbody tr").first().waitFor();
    expect(await findings(tab)).toEqual([]);
  });

  it("finds nothing wrong with the server's view", async () => {
    const { server } = await start();
    // The page itself has no sport read here.
    (await wsClient(server)).say({ type: "subscribe", sport: SPORT });
    const tab = await open(`${server.url}/?view=server`, { first: AXE });
    await tab.locator(".sports").getByText("live").waitFor();
    await tab.waitForLoadState("networkidle");
    expect(await findings(tab)).toEqual([]);
  });
});
