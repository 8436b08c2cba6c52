import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { games } from "../helpers/games.js";
import { describePage, looks, prices, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";
import { inSeconds, SECRET, sign } from "../helpers/tokens.js";

const SPORT = "basketball_nba";

const heading = (tab: Page) => tab.getByRole("dialog").getByRole("heading");
const asks = (tab: Page, why: string) => heading(tab).filter({ hasText: why }).waitFor();

/** By keyboard alone: the field has the focus from the beginning. */
async function give(tab: Page, token: string): Promise<void> {
  await tab.locator("#token:focus").waitFor();
  await tab.keyboard.insertText(token);
  await tab.keyboard.press("Enter");
}

describePage("The page of a server that asks for tokens", (open) => {
  async function start(): Promise<Page> {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: games(2, 3) }), (it) => it.close());
    const server = await startWithPageOn(api, { AUTH_JWT_SECRET: SECRET });
    return open(`${server.url}/?sport=${SPORT}`);
  }

  it("asks for one, shows no price as reliable once it has ended, and goes on with another", async () => {
    const tab = await start();
    await asks(tab, "This server asks for a token");
    expect(await prices(tab).count()).toBe(0);
    await give(tab, await sign({ sub: "ann", exp: inSeconds(3) }));
    await railSays(tab, "live");
    await heading(tab).waitFor({ state: "detached" });
    await asks(tab, "The token has ended");
    await railSays(tab, "stale");
    expect(await looks(tab)).toMatchObject({ reliable: 0, best: 0 });
    await give(tab, await sign({ sub: "ann" }));
    await railSays(tab, "live");
    await heading(tab).waitFor({ state: "detached" });
    expect((await looks(tab)).reliable).toBeGreaterThan(0);
  });

  it("says that one is refused, and asks for another", async () => {
    const tab = await start();
    await give(tab, await sign({ sub: "ann" }, "another secret of more than thirty-two bytes"));
    await asks(tab, "The token was refused");
    await give(tab, `Bearer ${await sign({ sub: "ann" })}`);
    await railSays(tab, "live");
  });

  it("keeps it for this tab alone, and sends it in no address", async () => {
    const tab = await start();
    const addresses: string[] = [];
    tab.on("request", (request) => addresses.push(request.url(), request.headers().referer ?? ""));
    tab.on("websocket", (socket) => addresses.push(socket.url()));
    const token = await sign({ sub: "ann" });
    await give(tab, token);
    await railSays(tab, "live");
    await tab.reload();
    await railSays(tab, "live");
    expect(await tab.getByRole("dialog").count()).toBe(0);
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.filter((address) => address.includes(token))).toEqual([]);
    const kept = await tab.evaluate<string[]>(
      `[location.href, document.cookie, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), JSON.stringify(history.state)]`,
    );
    expect(kept.map((each) => each?.includes(token))).toEqual([false, false, false, true, false]);
    const another = await tab.context().newPage();
    await another.goto(tab.url());
    await asks(another, "This server asks for a token");
  });
});
