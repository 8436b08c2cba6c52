import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { games } from "../helpers/games.js";
import { describePage, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

describePage("The list of bookmakers", (open) => {
  it("is in the window as a whole, however wide that is", async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: games(1, 5) }), (it) => it.close());
    const server = await startWithPageOn(api);
    const tab = await open(`${server.url}/?sport=${SPORT}`, { viewport: { width: 320, height: 720 } });
    await railSays(tab, "live");
    await tab.getByRole("button", { name: "Filters" }).click();
    await tab.locator("summary").click();
    const list = tab.locator(".bookmakers fieldset");
    for (const width of [320, 500, 660, 768, 1024, 1280, 1366, 1440, 1920]) {
      await tab.setViewportSize({ width, height: 720 });
      const { x, width: wide } = (await list.boundingBox()) ?? { x: Number.NaN, width: Number.NaN };
      expect(x, `left, of ${width}`).toBeGreaterThanOrEqual(0);
      expect(x + wide, `right, of ${width}`).toBeLessThanOrEqual(width);
    }
  });
});
