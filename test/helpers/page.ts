import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { haveChromium, inChromium, launchChromium } from "./browser.js";
import { realPage } from "./build.js";
import type { FakeOddsApi } from "./fake-odds-api.js";
import { closeAfter, type Running, startApp, startAppOn } from "./start-app.js";

/** How a browser is to be, and the file of a script that it runs before the page's own. */
export interface Browsing extends BrowserContextOptions {
  readonly first?: string;
}

/** Opens an address in a browser that has seen nothing of it yet; closed after the test. */
export type OpenPage = (address: string, browsing?: Browsing) => Promise<Page>;

/** Describes the web page in Chromium, one for the file; skipped where there is none. */
export function describePage(name: string, tests: (open: OpenPage) => void): void {
  describe.skipIf(!haveChromium)(inChromium(name), () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchChromium();
    }, 60_000);
    afterAll(() => browser?.close());
    tests(async (address, { first, ...options } = {}) => {
      const context = closeAfter(await browser.newContext(options), (it) => it.close());
      if (first !== undefined) await context.addInitScript({ path: first });
      const tab = await context.newPage();
      tab.setDefaultTimeout(20_000);
      await tab.goto(address);
      return tab;
    });
  });
}

/** Boards come at once to who wants them; a page that is drawn anew more often than needed is what other tests wait for. */
const UNHURRIED = { ODDS_POLL_INTERVAL_MS: "1000", ODDS_CACHE_TTL_MS: "1000" };
/** For tests that wait for what the next ticks bring. */
export const QUICK = { ODDS_POLL_INTERVAL_MS: "150", ODDS_CACHE_TTL_MS: "150" };

/** Starts a server with simulated odds that serves the page, in this process. */
export const startWithPage = (env: Record<string, string> = {}): Promise<Running> =>
  startApp({ ...UNHURRIED, ...env }, { page: realPage() });

/** Starts one that reads the given fake API. */
export const startWithPageOn = (api: FakeOddsApi, env: Record<string, string> = {}): Promise<Running> =>
  startAppOn(api, { ...UNHURRIED, ...env }, { page: realPage() });

/** The prices of a board. */
export const prices = (tab: Page): Locator => tab.locator("td[data-bookmaker] .price");

/** One bookmaker's price of one outcome: its cell. */
export const cell = (tab: Page, outcome: string, bookmaker: string): Locator =>
  tab.locator(`td[data-outcome=${JSON.stringify(outcome)}][data-bookmaker=${JSON.stringify(bookmaker)}]`);

/** How far the page says that its board may be relied on. */
export const railSays = (tab: Page, status: string): Promise<void> =>
  tab.locator(`.rail[data-status=${JSON.stringify(status)}]`).waitFor();

/** How prices look, of all that are shown: how many there are, how many look as good as any, and how many are marked as the best. */
export const looks = (tab: Page): Promise<{ shown: number; reliable: number; best: number }> =>
  tab.evaluate(`(() => {
    const shown = [...document.querySelectorAll("tbody tr:not(.event) .price")];
    const isReliable = (price) => getComputedStyle(price).fontStyle === "normal";
    const best = document.querySelectorAll(".is-best, td.best .price");
    return { shown: shown.length, reliable: shown.filter(isReliable).length, best: best.length };
  })()`);

/** What the page says of a board that may not be relied on; empty while it may be. */
export const warning = async (tab: Page): Promise<string> =>
  (await tab.locator(".banner").allInnerTexts()).join(" ");
