import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClientBoard } from "../../src/client/apply-delta.js";
import type { OddsUpdate } from "../../src/protocol/server-messages.js";
import { haveChromium, inChromium, launchChromium, startSite } from "../helpers/browser.js";
import { browserBundle } from "../helpers/bundle.js";
import { type FakeOddsApi, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { makeLively } from "../helpers/lively-boards.js";
import { type ServerProcess, startProcess } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORTS = Array.from({ length: 8 }, (_, i) => `sport_${i}`);
const ROUNDS = 20;
const ERRORS = "Object.values(clients).flatMap(({ errors }) => errors)";

/**
 * What a page does at each kind of door: `come` connects and wants all sports, `again` loses its connection and comes
 * back, `boards` are those it has, `leave` ends it.
 */
const page = (url: string) => `<!doctype html><title>odds</title><script type="module">
  import { applyDelta, connectOdds } from "/client.js";
  import { io } from "/socket.io.js";
  const SPORTS = ${JSON.stringify(SPORTS)};
  const soon = { reconnectionDelay: 20, reconnectionDelayMax: 50 };

  function library() {
    const odds = connectOdds("${url}", soon);
    const boards = {};
    const heard = {};
    const errors = [];
    odds.onError((error) => errors.push(error));
    for (const sport of SPORTS) {
      odds.subscribe(sport, ({ board, stale }) => {
        if (!board || stale) return;
        boards[sport] = board;
        heard[sport] = (heard[sport] ?? 0) + 1;
      });
    }
    return { boards, heard, errors, again: () => odds.socket.io.engine.close(), leave: () => odds.close() };
  }

  /** Takes in what comes at either door, and says what it would subscribe with. */
  function keeper() {
    const boards = {};
    const heard = {};
    const errors = [];
    const take = (message) => {
      const { type, sport } = message;
      if (type === "error") errors.push(message);
      if (type === "odds_update") boards[sport] = message;
      if (type === "odds_delta") boards[sport] = applyDelta(boards[sport], message);
      if (type === "odds_update" || type === "odds_delta") heard[sport] = (heard[sport] ?? 0) + 1;
    };
    const question = (sport) => {
      const { epoch, version } = boards[sport] ?? {};
      return { type: "subscribe", sport, updates: "delta", ...(epoch ? { since: { epoch, version } } : {}) };
    };
    return { boards, heard, errors, take, question };
  }

  function plain() {
    const { take, question, ...kept } = keeper();
    let socket;
    const come = () => {
      const opened = new WebSocket("${url.replace("http", "ws")}/odds");
      socket = opened;
      opened.onopen = () => {
        for (const sport of SPORTS) opened.send(JSON.stringify(question(sport)));
      };
      opened.onmessage = ({ data }) => take(JSON.parse(data));
    };
    come();
    return {
      ...kept,
      leave: () => socket.close(),
      again: (round) => {
        const before = socket;
        before.onmessage = null;
        // Every other time it is back before it is gone.
        if (round % 2) come();
        else before.onclose = come;
        before.close();
      },
    };
  }

  /** The default namespace and /odds on one connection, as a page has them that uses Socket.IO for other things too. */
  function pair() {
    const { take, question, ...kept } = keeper();
    const transports = ["websocket"];
    const root = io("${url}", { transports, ...soon });
    const odds = io("${url}/odds", { transports, ...soon });
    if (root.io !== odds.io) throw new Error("They should share a connection.");
    odds.onAny((_event, message) => take(message));
    odds.on("connect", () => {
      for (const sport of SPORTS) odds.emit("subscribe", question(sport));
    });
    return {
      ...kept,
      again: (round) => {
        if (round % 5 === 0) root.io.engine.close();
        else odds.disconnect().connect();
      },
      leave: () => {
        odds.disconnect();
        root.disconnect();
      },
    };
  }

  globalThis.clients = {};
  const kinds = { library, plain, pair };
  globalThis.come = (names) => {
    for (const name of names) clients[name] = kinds[name]();
  };
  globalThis.again = (round) => {
    for (const client of Object.values(clients)) {
      for (const sport of SPORTS) client.heard[sport] = 0;
      client.again(round);
    }
  };
  /** Whose boards have not come since. */
  globalThis.waiting = () =>
    Object.entries(clients).flatMap(([name, { heard }]) =>
      SPORTS.filter((sport) => !heard[sport]).map((sport) => name + " " + sport));
  globalThis.ready = true;
</script>`;

describe.skipIf(!haveChromium)(inChromium("A page on eight sports in Chromium"), () => {
  let browser: Browser;
  let scripts: Record<string, string>;
  let api: FakeOddsApi;
  let server: ServerProcess;
  let url: string;
  let tab: Page;

  beforeAll(async () => {
    const library = path.resolve(
      import.meta.dirname,
      "../../node_modules/socket.io-client/dist/socket.io.esm.min.js",
    );
    scripts = {
      "/client.js": (await browserBundle()).code,
      "/socket.io.js": readFileSync(library, "utf8"),
    };
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  async function open(): Promise<void> {
    const boards = Object.fromEntries(SPORTS.map((sport) => [sport, []]));
    api = closeAfter(await startFakeOddsApi(boards), (it) => it.close());
    makeLively(api);
    server = startProcess({
      PORT: "0",
      HOST: "127.0.0.1",
      THE_ODDS_API_KEY: TEST_KEY,
      ODDS_API_BASE_URL: api.url,
      // Eight sports at this tick are as many reads as the upstream takes.
      ODDS_POLL_INTERVAL_MS: "300",
      ODDS_CACHE_TTL_MS: "300",
      // Nobody comes back 20 times in a few seconds.
      MAX_MESSAGES_PER_SECOND: "1000",
      RATE_LIMIT_MAX: "1000000",
    });
    url = `http://127.0.0.1:${await server.listening()}`;
    const context = closeAfter(await browser.newContext(), (it) => it.close());
    tab = await context.newPage();
    await tab.goto(await startSite(page(url), scripts));
    await tab.waitForFunction("globalThis.ready");
  }

  /** Until every board has come since the last reconnection, or the server is dead. */
  async function allHeard(round: number): Promise<void> {
    const deadline = performance.now() + 15_000;
    for (;;) {
      const waiting = await tab.evaluate<string[]>("waiting()");
      if (waiting.length === 0) return;
      if (server.child.exitCode !== null) {
        throw new Error(`The server ended in round ${round}:\n${server.lines.slice(-3).join("\n")}`);
      }
      if (performance.now() > deadline) {
        const errors = await tab.evaluate(ERRORS);
        throw new Error(`Round ${round}: no boards for ${waiting.join(", ")}: ${JSON.stringify(errors)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it.each([
    ["with the client library and a plain WebSocket", ["library", "plain"]],
    ["in two namespaces on one connection", ["pair"]],
  ])("%s comes back 20 times and has every board", { timeout: 120_000 }, async (_how, names) => {
    await open();
    await tab.evaluate(`come(${JSON.stringify(names)})`);
    await allHeard(0);
    for (let round = 0; round < ROUNDS; round += 1) {
      await tab.evaluate(`again(${round})`);
      await allHeard(round + 1);
    }

    // From here on prices stand still, so that one board can be held against the other.
    api.board = undefined;
    const kept = () =>
      tab.evaluate<Record<string, Record<string, ClientBoard>>>(
        "Object.fromEntries(Object.entries(clients).map(([name, { boards }]) => [name, boards]))",
      );
    const settled = api.reads.length + 3 * SPORTS.length;
    await expect.poll(() => api.reads.length, { timeout: 10_000 }).toBeGreaterThan(settled);
    const boards = await kept();
    for (const sport of SPORTS) {
      const answer = await fetch(`${url}/api/odds/live?sport=${sport}`);
      const { epoch, version, odds } = (await answer.json()) as OddsUpdate;
      expect(odds).toHaveLength(5);
      for (const name of names) expect(boards[name]?.[sport], name).toMatchObject({ epoch, version, odds });
    }
    expect(await tab.evaluate(ERRORS)).toEqual([]);

    await tab.evaluate("for (const client of Object.values(clients)) client.leave()");
    await expect
      .poll(async () => (await fetch(`${url}/health`)).json(), { timeout: 5000 })
      .toMatchObject({ status: "ok", websocket: 0, wanted: [] });
    expect(server.child.exitCode).toBeNull();
    expect(server.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});
