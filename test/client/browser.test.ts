import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OddsEvent } from "../../src/board/model.js";
import type { OddsUpdate } from "../../src/protocol/server-messages.js";
import { browserBundle } from "../helpers/bundle.js";
import { type FakeOddsApi, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const CHROMIUM = "/usr/bin/chromium";
const haveChromium = existsSync(CHROMIUM) || process.env.CI !== undefined;
const NO_CHROMIUM = `skipped: there is no ${CHROMIUM} here (apt-get install chromium)`;

/** Two games that the upstream read at one moment; the second one's first price is `price`. */
function games(price: number): OddsEvent[] {
  const read = "2026-11-22T20:00:00Z";
  return [1.5, price].map((first, i) => ({
    id: `game${i}`,
    sport_key: SPORT,
    sport_title: "NBA",
    commence_time: "2026-11-23T00:10:00Z",
    home_team: "Boston Celtics",
    away_team: "Miami Heat",
    bookmakers: [
      {
        key: "fanduel",
        title: "FanDuel",
        last_update: read,
        markets: [{ key: "h2h", last_update: read, outcomes: [{ name: "Boston Celtics", price: first }] }],
      },
    ],
  }));
}

/** What the page keeps of each state that its listener is given. */
interface Drawn {
  readonly stale: boolean;
  readonly status: string | null;
  readonly board: OddsUpdate | null;
  /** Of each event, whether it is the same object as in the state before. */
  readonly kept: readonly boolean[];
}

/** A frontend: keeps all that it is given where the test can see it. By its back-off alone it would be back in 30 s at the soonest. */
const page = (server: Running) => `<!doctype html><title>odds</title><script type="module">
  import { connectOdds } from "/client.js";
  let before = [];
  globalThis.drawn = [];
  globalThis.connections = [];
  const odds = connectOdds("${server.url}", { reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
  odds.onConnection((state) => connections.push(state));
  odds.subscribe("${SPORT}", ({ stale, status, board }) => {
    const events = board ? board.odds : [];
    drawn.push({ stale, status, board, kept: events.map((event) => before.includes(event)) });
    before = events;
  });
</script>`;

const priceOf = (board: OddsUpdate | null) => board?.odds[1]?.bookmakers[0]?.markets[0]?.outcomes[0]?.price;

describe.skipIf(!haveChromium)(
  haveChromium ? "The client library in Chromium" : `The client library in Chromium (${NO_CHROMIUM})`,
  () => {
    let browser: Browser;
    let bundle: string;
    let api: FakeOddsApi;
    let server: Running;
    let context: BrowserContext;
    let tab: Page;

    beforeAll(async () => {
      bundle = (await browserBundle()).code;
      const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"];
      browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: [...args, "--disable-background-networking", "--disable-component-update", "--disable-sync"],
      });
    }, 60_000);
    afterAll(() => browser?.close());

    async function open(): Promise<void> {
      api = closeAfter(await startFakeOddsApi({ [SPORT]: games(2) }), (it) => it.close());
      server = await startAppOn(api);
      const site = createServer((request, response) => {
        const script = request.url === "/client.js";
        response.setHeader("content-type", script ? "text/javascript" : "text/html; charset=utf-8");
        response.end(script ? bundle : page(server));
      });
      await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
      closeAfter(site, () => site.close());
      context = closeAfter(await browser.newContext(), (it) => it.close());
      tab = await context.newPage();
      await tab.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    }

    const drawn = () => tab.evaluate<Drawn[]>("drawn");
    const until = async (holds: (last: Drawn | undefined) => boolean, timeout = 10_000) => {
      await expect.poll(async () => holds((await drawn()).at(-1)), { timeout, interval: 20 }).toBe(true);
      return (await drawn()).at(-1) as Drawn;
    };
    /** What the page shows equals what the server says, at the same version. */
    const expectServersBoard = async (): Promise<void> => {
      const answer = await fetch(`${server.url}/api/odds/live?sport=${SPORT}`);
      const { epoch, version, odds } = (await answer.json()) as OddsUpdate;
      const { board } = (await drawn()).at(-1) ?? {};
      expect(board).toMatchObject({ epoch, version });
      expect(board?.odds).toEqual(odds);
    };

    it("keeps a board that moves, in which only what moved is a new object", async () => {
      await open();
      const first = await until((last) => last?.board != null);
      expect(first).toMatchObject({ stale: false, status: "live" });
      api.boards.set(SPORT, games(2.5));
      await until((last) => priceOf(last?.board ?? null) === 2.5);
      const all = (await drawn()).filter(({ board }) => board);
      const moved = all.findIndex(({ board }) => priceOf(board) === 2.5);
      expect(all[moved]?.kept).toEqual([true, false]);
      for (const { kept } of all.slice(1, moved)) expect(kept).toEqual([true, true]);
      await expectServersBoard();
    });

    it("says stale when the network is gone, and goes on from where it was when it is back", async () => {
      await open();
      const before = await until((last) => last?.board != null);
      const sent = sentBy(tab);
      await context.setOffline(true);
      await until((last) => last?.stale === true);
      expect(await tab.evaluate("connections.at(-1)")).toBe("connecting");
      api.boards.set(SPORT, games(2.6));
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(priceOf((await drawn()).at(-1)?.board ?? null)).toBe(2);
      const back = performance.now();
      await context.setOffline(false);
      const after = await until((last) => last?.stale === false && priceOf(last.board) === 2.6);
      // By its back-off alone it would be back in 30 s at the soonest.
      expect(performance.now() - back).toBeLessThan(10_000);
      expect(after.board?.epoch).toBe(before.board?.epoch);
      expect(sent.some((frame) => frame.includes(`"since":{"epoch":"${before.board?.epoch}"`))).toBe(true);
      await expectServersBoard();
    });

    it("is brought up to date at once when its tab comes back to the foreground", async () => {
      await open();
      const before = await until((last) => last?.board != null);
      const devTools = await context.newCDPSession(tab);
      // Headless tabs are always visible: the word is put into the page's mouth, the freezing of a hidden tab is real.
      const become = (state: "hidden" | "visible") =>
        tab.evaluate(
          `Object.defineProperty(document, "visibilityState", { configurable: true, value: "${state}" });
           document.dispatchEvent(new Event("visibilitychange"));`,
        );
      await become("hidden");
      await devTools.send("Page.setWebLifecycleState", { state: "frozen" });
      // Meanwhile its connection is lost, and prices move.
      await server.stop();
      api.boards.set(SPORT, games(2.7));
      server = await startAppOn(api, { PORT: String(server.port) });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(server.log.lines.some(({ message }) => message === "Client connected")).toBe(false);
      await devTools.send("Page.setWebLifecycleState", { state: "active" });
      await become("visible");
      const after = await until((last) => last?.stale === false && priceOf(last.board) === 2.7);
      expect(after.board?.epoch).not.toBe(before.board?.epoch);
      await expectServersBoard();
    });
  },
);

/** What a tab sends from here on: in frames of its WebSockets, and in posts. */
function sentBy(tab: Page): string[] {
  const sent: string[] = [];
  tab.on("request", (request) => void sent.push(request.postData() ?? ""));
  tab.on("websocket", (socket) => socket.on("framesent", ({ payload }) => void sent.push(String(payload))));
  return sent;
}
