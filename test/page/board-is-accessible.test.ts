import { expect, it } from "vitest";
import { AXE, findings } from "../helpers/axe.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { game, games, tournament } from "../helpers/games.js";
import { cell, describePage, prices, QUICK, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

describePage("axe-core, at three widths in both themes", (open) => {
  it("finds nothing wrong with a board whose prices move", async () => {
    const others = games(3, 5);
    const board = (step: number) => [
      ...others,
      game("Ajax", "PSV", {
        Pinnacle: { h2h: [2 + step / 100, 1.9 - step / 100, 3.2], spreads: [-1.5 - step, 1.9, 1.9] },
        Unibet: { h2h: [2, 1.9, 3.1], spreads: [-1.5, 1.9, 1.9] },
      }),
    ];
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: board(0) }), (it) => it.close());
    const server = await startWithPageOn(api, QUICK);
    for (const market of ["h2h", "spreads"]) {
      const tab = await open(`${server.url}/?sport=${SPORT}&market=${market}`, { first: AXE });
      await cell(tab, "Ajax", "pinnacle").locator(".price").waitFor();
      let step = 0;
      const found = await findings(tab, async () => {
        step = 1 - step;
        api.boards.set(SPORT, board(step));
        const moved = market === "spreads" ? "line" : step === 1 ? "up" : "down";
        await tab.locator(`td.${moved}[data-outcome="Ajax"]`).first().waitFor();
      });
      expect(found).toEqual([]);
    }
  });

  it("finds nothing wrong with a tournament", async () => {
    const sports = { golf: tournament(12, 4) };
    const api = closeAfter(await startFakeOddsApi(sports), (it) => it.close());
    const server = await startWithPageOn(api);
    const tab = await open(`${server.url}/?sport=golf&market=outrights`, { first: AXE });
    await prices(tab).first().waitFor();
    await railSays(tab, "live");
    expect(await findings(tab)).toEqual([]);
  });
});
