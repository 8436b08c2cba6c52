import { expect, it } from "vitest";
import { failWith, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { games } from "../helpers/games.js";
import { describePage, looks, QUICK, railSays, startWithPageOn, warning } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

describePage("The page while the upstream is dead", (open) => {
  it("says so, has no price look reliable, and shows the board as live again when it is back", async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: games(3, 4) }), (it) => it.close());
    const server = await startWithPageOn(api, QUICK);
    const tab = await open(`${server.url}/?sport=${SPORT}`);
    await railSays(tab, "live");
    const before = await looks(tab);
    expect(before.reliable).toBe(before.shown);
    expect(before.best).toBeGreaterThan(0);

    api.board = (request) => request.socket.resetAndDestroy();
    await railSays(tab, "stale");
    expect(await looks(tab)).toEqual({ shown: 3 * 2 * 4, reliable: 0, best: 0 });
    expect(await warning(tab)).toMatch(/Do not rely on these prices\. .*(The Odds API|upstream)/);
    expect(await tab.locator(".rail .status-why").innerText()).not.toBe("");
    expect(await tab.locator(".rail").innerText()).toMatch(/Connection\s+connected/);

    api.board = undefined;
    await railSays(tab, "live");
    expect(await looks(tab)).toEqual(before);
    expect(await warning(tab)).toBe("");
  });

  it("says why there is no board where there never was one, and shows it when it comes", async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: games(1, 2) }), (it) => it.close());
    api.board = failWith(500, { message: "Internal Server Error" });
    const server = await startWithPageOn(api, QUICK);
    const tab = await open(`${server.url}/?sport=${SPORT}`);
    await railSays(tab, "no board");
    expect(await tab.locator(".empty").innerText()).toMatch(/The Odds API|upstream/);
    api.board = undefined;
    await railSays(tab, "live");
    expect(await looks(tab)).toMatchObject({ reliable: 1 * 2 * 2 + 2 });
  });
});
