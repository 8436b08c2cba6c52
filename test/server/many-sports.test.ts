import { describe, expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { smallBoard, sport, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

describe("A client that wants forty sports at once", () => {
  it("gets them all, and the upstream is never asked more than 30 times in a second", async () => {
    const sports = Array.from({ length: 40 }, (_, i) => sport(`sport_${i}`));
    const boards = Object.fromEntries(sports.map(({ key }) => [key, smallBoard(1.9, key)]));
    const api = closeAfter(await startFakeOddsApi(boards, sports), (it) => it.close());
    const slow = {
      ODDS_POLL_INTERVAL_MS: "60000",
      ODDS_CACHE_TTL_MS: "60000",
      MAX_MESSAGES_PER_SECOND: "100",
    };
    const client = await wsClient(await startAppOn(api, slow));
    // However long the machine holds the process up, the calls that are due then do not all start at once.
    void api.nextRead().then(() => {
      const until = performance.now() + 1200;
      while (performance.now() < until);
    });
    for (const { key } of sports) client.say({ type: "subscribe", sport: key });
    await Promise.all(
      sports.map(({ key }) => client.inbox.first("odds_update", (update) => update.sport === key)),
    );
    const starts = api.reads.map((read) => read.at);
    const inOneSecond = starts.map((from) => starts.filter((at) => at >= from && at < from + 1000).length);
    expect(starts).toHaveLength(40);
    expect(Math.max(...inOneSecond)).toBeLessThanOrEqual(30);
  });
});
