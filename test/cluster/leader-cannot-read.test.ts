import { expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, leaderOf, startMate } from "../helpers/fleet.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
/** What keeps one process alone from reading. */
const SICK: readonly (readonly [string, Record<string, string>])[] = [
  ["key", { THE_ODDS_API_KEY: "another key, which is refused" }],
  // Nothing listens there.
  ["network", { HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" }],
];

describeWithRedis("A process that may read and cannot", () => {
  it.each(SICK)(
    "for its %s lets another read, and reads again when there is no other",
    { timeout: 90_000 },
    async (_what, env) => {
      const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) =>
        fake.close(),
      );
      makeLively(api);
      const redis = await startRedis();
      const sick = await startMate(api, redis.url, env);
      expect(await leaderOf([sick])).toBe(sick);
      const here = await wsClient(sick);
      here.say({ type: "subscribe", sport: SPORT });
      await here.inbox.first("error");
      // Alone, it stays what it is.
      expect(await leaderOf([sick])).toBe(sick);

      const well = await startMate(api, redis.url);
      const there = await wsClient(well);
      there.say({ type: "subscribe", sport: SPORT });
      // Its next failure may be some seconds off.
      for (const { inbox } of [here, there]) await inbox.first("odds_update", ({ version }) => version > 3);
      expect(await leaderOf([sick, well])).toBe(well);
      expect(sick.process.lines.filter((line) => line.includes("Reads fail here"))).toHaveLength(1);
      for (const { inbox } of [here, there]) {
        const told = inbox.all("odds_update").slice(-2);
        expect(told.map(({ status }) => status)).toEqual(["live", "live"]);
      }

      well.process.child.kill("SIGKILL");
      await eventually(async () => ((await leaderOf([sick])) === sick ? true : undefined));
    },
  );
});
