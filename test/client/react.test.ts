import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BoardEvent } from "../../src/client/messages.js";
import { OddsProvider, useAge, useConnection, useOdds } from "../../src/client/react.js";
import { haveChromium, inChromium, launchChromium, startSite } from "../helpers/browser.js";
import { browserBundle } from "../helpers/bundle.js";
import { sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { makeLively } from "../helpers/lively-boards.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const OTHER = "basketball_wnba";

/** Events to show by a name of their own; null for all. */
type Parts = Record<string, string[] | null>;

/** What the page (test/helpers/react-page.js) keeps for the test to see. */
interface Kept {
  drawn: Record<string, number>;
  boards: { readonly version: number; readonly odds: readonly BoardEvent[] }[];
  heads: string[];
  show(sport: string | null): void;
  games: Record<string, string[]>;
  subscribed: number;
  showParts(parts: Parts): void;
}
declare const kept: Kept;

/** A server whose boards all change from read to read, one price and all `last_update`s. */
async function lively(): Promise<Running> {
  const api = closeAfter(await startFakeOddsApi({}, [sport(SPORT), sport(OTHER)]), (it) => it.close());
  makeLively(api);
  return startAppOn(api);
}

/** How many connections the server counts. */
async function connections({ url }: Running): Promise<number> {
  const health = (await (await fetch(`${url}/health`)).json()) as { websocket: number };
  return health.websocket;
}

describe("The hooks where a server renders", () => {
  it("connect to nobody, and draw what there is before the first board", async () => {
    const server = await lively();
    const Told = () => {
      const { board, stale } = useOdds(SPORT);
      const { ageMs } = useAge(SPORT);
      const { state, transport } = useConnection();
      return createElement("p", null, JSON.stringify([board, stale, ageMs, state, transport]));
    };
    const html = renderToString(createElement(OddsProvider, { url: server.url }, createElement(Told)));
    expect(html.replaceAll("&quot;", '"')).toBe('<p>[null,true,null,"connecting",null]</p>');
    expect(await connections(server)).toBe(0);
  });
});

describe.skipIf(!haveChromium)(inChromium("The hooks in a browser, in StrictMode"), () => {
  let browser: Browser;
  let script: string;
  beforeAll(async () => {
    browser = await launchChromium();
    script = (await browserBundle(path.join(import.meta.dirname, "../helpers/react-page.js"))).code;
  });
  afterAll(() => browser.close());

  async function open(
    server: Running,
    more: { sport?: string | null; lastUpdate?: boolean; parts?: Parts } = {},
  ): Promise<Page> {
    const settings = { server: server.url, sport: SPORT, lastUpdate: false, ...more };
    const site = await startSite(
      `<!doctype html><title>odds</title><div id="root"></div>
       <script>globalThis.settings = ${JSON.stringify(settings)}</script>
       <script type="module" src="/page.js"></script>`,
      { "/page.js": script },
    );
    const page = closeAfter(await browser.newPage(), (it) => it.close());
    await page.goto(site);
    return page;
  }

  it("draw only the rows whose prices moved, where boards come without last_update", async () => {
    const page = await open(await lively());
    await page.waitForFunction(() => kept.boards.length >= 12);
    const { boards, drawn } = await page.evaluate(() => ({
      boards: kept.boards,
      drawn: kept.drawn,
    }));
    const expected: Record<string, number> = {};
    let before = new Map<string, string>();
    for (const { odds } of boards) {
      const now = new Map(odds.map((event) => [event.id, JSON.stringify(event)]));
      for (const [id, text] of now) if (before.get(id) !== text) expected[id] = (expected[id] ?? 0) + 1;
      before = now;
    }
    // StrictMode calls a component twice for each time that it draws it.
    for (const [id, times] of Object.entries(expected)) expect(drawn[id], id).toBe(2 * times);
    const all = boards.reduce((sum, { odds }) => sum + odds.length, 0);
    expect(Object.values(expected).reduce((sum, times) => sum + times)).toBeLessThan(all / 2);
  });

  it("count the age by themselves, and tell what the connection speaks over, its trouble and its end", async () => {
    const server = await lively();
    const page = await open(server);
    await page.getByText(`${SPORT} live`).waitFor();
    await page.getByText(/^connected websocket 0 false$/).waitFor();
    await server.stop();
    await page.getByText(/^connecting NO_ANSWER [2-9] true$/).waitFor();
    await page.getByText(`${SPORT} stale NO_ANSWER`).waitFor();
  });

  it("keep one connection while sports are switched, and none once all is gone", async () => {
    const server = await lively();
    const page = await open(server);
    await page.getByText(`${SPORT} live`).waitFor();
    expect(await connections(server)).toBe(1);
    for (let turn = 0; turn < 20; turn += 1) {
      const sport = turn % 2 ? SPORT : OTHER;
      await page.evaluate((it) => kept.show(it), sport);
      await page.getByText(`${sport} live`).waitFor();
    }
    expect(await connections(server)).toBe(1);
    for (let turn = 0; turn < 10; turn += 1) {
      await page.evaluate(() => kept.show(null));
      await page.getByText("nothing").waitFor();
      await page.evaluate((it) => kept.show(it), SPORT);
      await page.getByText(`${SPORT} live`).waitFor();
    }
    await page.evaluate(() => kept.show(null));
    await expect.poll(() => connections(server)).toBe(0);
  });

  it("draw what `only` lists, subscribed to once however often an equal list is made", async () => {
    const page = await open(await lively(), { parts: { one: [`${SPORT}-3`, `${SPORT}-1`] } });
    await page.waitForFunction(() => (kept.games.one?.length ?? 0) >= 4);
    const before = await page.evaluate(() => kept.subscribed);
    await page.waitForFunction(() => (kept.games.one?.length ?? 0) >= 24);
    expect(await page.evaluate(() => kept.subscribed)).toBe(before);
    const drawn = await page.evaluate(() => kept.games.one);
    expect(new Set(drawn)).toEqual(new Set(["waiting", `${SPORT}-1 ${SPORT}-3`]));
  });

  it("take no part for the whole, whoever watches what beside", async () => {
    const page = await open(await lively(), { parts: { one: [`${SPORT}-1`] } });
    await page.waitForFunction((game) => kept.games.one?.includes(game), `${SPORT}-1`);
    await page.evaluate(
      (sport) => kept.showParts({ one: [`${sport}-1`], two: [`${sport}-2`], all: null }),
      SPORT,
    );
    const all = Array.from({ length: 5 }, (_, game) => `${SPORT}-${game}`).join(" ");
    await page.waitForFunction((whole) => kept.games.all?.includes(whole), all);
    await page.evaluate(() => kept.showParts({ all: null }));
    await page.waitForFunction(() => (kept.games.all?.length ?? 0) >= 10);
    const games = await page.evaluate(() => kept.games);
    expect(new Set(games.one)).toEqual(new Set(["waiting", `${SPORT}-1`]));
    expect(new Set(games.two)).toEqual(new Set(["waiting", `${SPORT}-2`]));
    expect(new Set(games.all)).toEqual(new Set(["waiting", all]));
    // Who leaves and comes back finds its part there.
    const { length } = games.two ?? [];
    await page.evaluate((sport) => kept.showParts({ all: null, two: [`${sport}-2`] }), SPORT);
    await page.waitForFunction((drawn) => (kept.games.two?.length ?? 0) > drawn, length);
    expect((await page.evaluate(() => kept.games)).two?.[length]).toBe(`${SPORT}-2`);
  });

  it("have the board at once where another component takes the place of one that left", async () => {
    const server = await lively();
    const page = await open(server);
    await page.getByText(`${SPORT} live`).waitFor();
    await page.evaluate((it) => kept.show(it), OTHER);
    await page.getByText(`${OTHER} live`).waitFor();
    await page.evaluate((it) => {
      kept.heads = [];
      kept.show(it);
    }, SPORT);
    await page.getByText(`${SPORT} live`).waitFor();
    expect((await page.evaluate(() => kept.heads)).join()).not.toContain("waiting");
  });
});
