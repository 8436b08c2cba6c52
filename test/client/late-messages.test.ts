import { afterEach, describe, expect, it, vi } from "vitest";
import { connectOdds, type SportState } from "../../src/client/index.js";
import { haveChromium, inChromium, launchChromium, startSite } from "../helpers/browser.js";
import { browserBundle } from "../helpers/bundle.js";
import { eventually } from "../helpers/eventually.js";
import { sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { ack, board, startFakeOddsServer } from "../helpers/fake-odds-server.js";
import { makeLively } from "../helpers/lively-boards.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const HOUR = 3_600_000;
const SPORT = "basketball_nba";

afterEach(() => void vi.restoreAllMocks());

/** A client with a first board, and the clocks of its device. The server's own clock goes on as it did. */
async function setUp() {
  const server = await startFakeOddsServer();
  const odds = closeAfter(connectOdds(server.url, { forceNew: true }), (it) => it.close());
  const states: SportState[] = [];
  odds.subscribe("nba", (state) => void states.push(state));
  await eventually(() => states.at(-1)?.board?.version).toBe(1);
  const [steady, wall] = [performance.now.bind(performance), Date.now.bind(Date)];
  const turn = (ms: { steady?: number; wall: number }) => {
    vi.spyOn(performance, "now").mockImplementation(() => steady() + (ms.steady ?? 0));
    vi.spyOn(Date, "now").mockImplementation(() => wall() + ms.wall);
  };
  const send = (version: number, at = wall()) =>
    server.odds.emit("odds_update", board("nba", { timestamp: at, fetchedAt: at, version }));
  /** Answers whoever asks from here on, by a clock that is so far ahead. */
  const answer = (ms: number) => {
    server.behaviour = ({ sport, answer, socket }) => {
      const at = wall() + ms;
      answer(ack(sport, { timestamp: at }));
      return socket.emit("odds_update", board(sport, { timestamp: at, fetchedAt: at, version: 7 }));
    };
  };
  const seen = (version: number) => states.find((it) => it.board?.version === version);
  return { server, states, turn, send, answer, seen, wall, age: () => states.at(-1)?.ageMs() ?? Number.NaN };
}

describe("A board that was long on its way", () => {
  it.each([
    ["was frozen", HOUR],
    ["slept, while its steady clock stood still", 0],
  ])("is as old as it is, and stale, where the device %s", async (_, steady) => {
    const { states, turn, send, answer, seen, wall, age } = await setUp();
    answer(HOUR);
    const sent = [wall() + 500, wall() + 1000] as const;
    turn({ steady, wall: HOUR });
    send(2, sent[0]);
    send(3, sent[1]);
    await eventually(() => seen(3)).toMatchObject({ stale: true, reason: "SILENT" });
    expect(seen(2)?.stale).toBe(true);
    // It is asked for a newer one.
    await eventually(() => states.at(-1)).toMatchObject({ stale: false, board: { version: 7 } });
    expect(age()).toBeLessThan(HOUR / 2);
  });

  it("is no younger for a delta that comes behind its time", async () => {
    const { server, turn, send, age, states, wall } = await setUp();
    send(9);
    await eventually(() => states.at(-1)?.board?.version).toBe(9);
    const at = wall();
    turn({ steady: 4000, wall: 4000 });
    const told = states.length;
    const { odds: _, ...head } = board("nba", { timestamp: at, fetchedAt: at, version: 3 });
    server.odds.emit("odds_delta", { ...head, type: "odds_delta", from: 2, changes: {} });
    await eventually(() => states.length).toBeGreaterThan(told);
    expect(age()).toBeGreaterThanOrEqual(4000);
  });

  it("is not what one is that comes after the wall clock was put forward", async () => {
    const { turn, send, answer, seen, states, age } = await setUp();
    answer(0);
    turn({ wall: 5000 });
    send(2);
    await eventually(() => seen(2)).toBeTruthy();
    expect(age()).toBeLessThan(2500);
    turn({ wall: HOUR });
    send(3);
    await eventually(() => states.at(-1)).toMatchObject({ stale: false, board: { version: 7 } });
    send(8);
    await eventually(() => seen(8)).toMatchObject({ stale: false });
    expect(age()).toBeLessThan(2500);
  });
});

describe.skipIf(!haveChromium)(inChromium("A page that stood still"), () => {
  it("tells of what waited for it how old it is", async () => {
    const api = closeAfter(await startFakeOddsApi({}, [sport(SPORT)]), (it) => it.close());
    makeLively(api);
    const server = await startAppOn(api);
    const site = await startSite(
      `<!doctype html><title>odds</title><script type="module">
        import { connectOdds } from "/client.js";
        globalThis.ages = [];
        connectOdds("${server.url}").subscribe("${SPORT}", ({ board, ageMs }) => {
          if (board) ages.push({ told: ageMs(), true: Date.now() - board.fetchedAt });
        });
      </script>`,
      { "/client.js": (await browserBundle()).code },
    );
    const browser = closeAfter(await launchChromium(), (it) => it.close());
    const page = await browser.newPage();
    await page.goto(site);
    await page.waitForFunction(() => ages.length > 5);
    await page.evaluate(() => {
      for (const until = performance.now() + 4000; performance.now() < until; );
    });
    await page.waitForFunction(() => ages.filter((age) => age.true > 2000).length > 2);
    for (const age of await page.evaluate(() => ages))
      expect(Math.abs(age.told - age.true)).toBeLessThan(1000);
  });
});

declare const ages: { readonly told: number; readonly true: number }[];
