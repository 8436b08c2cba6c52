import path from "node:path";
import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { game, games } from "../helpers/games.js";
import { cell, describePage, railSays, startWithPageOn } from "../helpers/page.js";
import { closeAfter } from "../helpers/start-app.js";

/** How long a move may take from its message to the screen, in ms; the best of a few, as other tests run beside this one. */
const WITHIN_MS = 100;
const MOVES = 5;
const WATCH = path.resolve(import.meta.dirname, "../helpers/watched-page.js");

describePage("A price that moves", (open) => {
  it("is seen within 100 ms of its message, on a board of 40 games by 20 bookmakers", async () => {
    const others = games(39, 20);
    const board = (price: number) => [...others, game("Ajax", "PSV", { Pinnacle: { h2h: [price, 1.9] } })];
    const api = closeAfter(await startFakeOddsApi({ basketball_nba: board(3) }), (it) => it.close());
    const server = await startWithPageOn(api, { ODDS_POLL_INTERVAL_MS: "250", ODDS_CACHE_TTL_MS: "250" });
    const tab = await open(`${server.url}/?sport=basketball_nba`, { first: WATCH });
    await railSays(tab, "live");
    await cell(tab, "Ajax", "pinnacle").waitFor();
    // It begins with polling: until the socket brings boards, no message is noted.
    await tab.waitForFunction(`noted.some(({ data }) => data.includes("odds_"))`);
    const took: number[] = [];
    for (let move = 1; move <= MOVES; move += 1) {
      const price = 3 + move / 100;
      const delay = tab.evaluate<number>(
        `delayOf('[data-outcome="Ajax"][data-bookmaker="pinnacle"]', ${price})`,
      );
      api.boards.set("basketball_nba", board(price));
      took.push(await delay);
    }
    took.sort((one, other) => one - other);
    const [best = Number.NaN, , median = Number.NaN] = took;
    process.stdout.write(
      `A move is seen ${Math.round(median)} ms after its message, of ${took.map(Math.round)}\n`,
    );
    expect(best).toBeLessThan(WITHIN_MS);
  });
});
