import { expect, it } from "vitest";
import { AXE, findings } from "../helpers/axe.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { games } from "../helpers/games.js";
import { describePage, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";
import { SECRET } from "../helpers/tokens.js";

const SPORT = "basketball_nba";

/** Has stale prices on the plainest ground that they may be on: what axe-core makes of stripes is nothing. */
const PLAIN = `for (const cell of document.querySelectorAll("td")) cell.style.background = "var(--raised)"`;

describePage("axe-core, at three widths in both themes", (open) => {
  it("finds nothing wrong with a board that cannot be relied on", async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: games(3, 4) }), (it) => it.close());
    const server = await startWithPageOn(api);
    const tab = await open(`${server.url}/?sport=${SPORT}`, { first: AXE });
    await railSays(tab, "live");
    await server.stop();
    await railSays(tab, "stale");
    expect(await findings(tab, () => tab.evaluate(PLAIN))).toEqual([]);
  });

  it("finds nothing wrong with what is shown where there is no board", async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: [] }), (it) => it.close());
    const server = await startWithPageOn(api);
    const tab = await open(`${server.url}/`, { first: AXE });
    await railSays(tab, "ready");
    expect(await findings(tab)).toEqual([]);
    await tab.goto(`${server.url}/?sport=${SPORT}`);
    await railSays(tab, "live");
    expect(await findings(tab)).toEqual([]);
  });

  it("finds nothing wrong with the question for a token", async () => {
    const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
    const server = await startWithPageOn(api, { AUTH_JWT_SECRET: SECRET });
    const tab = await open(`${server.url}/`, { first: AXE });
    await tab.getByRole("dialog").waitFor();
    expect(await findings(tab)).toEqual([]);
  });
});
