import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, startMate } from "../helpers/fleet.js";
import { Follower, Ledger } from "../helpers/follower.js";
import { livelyBoard, makeLively } from "../helpers/lively-boards.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

describeWithRedis("A board in Redis that cannot be read", () => {
  it("costs a process that sport, and not the touch with the others; the log says so once", async () => {
    const api = closeAfter(await startFakeOddsApi({ [SPORT]: livelyBoard(SPORT, 0) }), (fake) =>
      fake.close(),
    );
    makeLively(api);
    const redis = await startRedis();
    const first = await startMate(api, redis.url);
    // By what the fleet keeps: its names are its own.
    const [epoch = ""] = (await redis.command("KEYS", "live-odds:*:epoch")) as string[];
    await redis.command("HSET", epoch.replace(/epoch$/, "boards"), "icehockey_nhl", "this is no board");
    await redis.command("HSET", epoch.replace(/epoch$/, "heads"), "icehockey_nhl", "7 1000");
    // Resolves once it is in touch with the others.
    const second = await startMate(api, redis.url);
    const ledger = new Ledger();
    const followers = [first, second].map(
      (mate, i) => new Follower(`client ${i}`, () => [mate], SPORT, "delta", "plain", ledger, 0),
    );
    await eventually(() => followers.every(({ seen }) => seen.length > 4) || undefined);
    for (const { seen } of followers) expect(seen.map(({ status }) => status)).not.toContain("stale");
    for (const { process } of [first, second]) {
      const complaints = process.lines.filter((line) => line.includes("is not understood"));
      expect(complaints).toHaveLength(1);
      expect(complaints[0]).toContain("icehockey_nhl");
    }
    expect(ledger.faults).toEqual([]);
  });
});
