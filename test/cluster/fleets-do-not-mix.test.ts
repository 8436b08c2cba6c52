import { expect, it } from "vitest";
import { DOORS } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually } from "../helpers/fleet.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter, type Running, startApp, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";

const warnings = ({ log }: Running) => log.lines.filter(({ message }) => message.startsWith("ANOTHER FLEET"));

describeWithRedis("Processes that ask for different odds, on one Redis", () => {
  it.each(DOORS)(
    "serve no simulated prices as real ones, nor real ones as simulated, at the $door door",
    async ({ connect }) => {
      const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
      const redis = await startRedis();
      const env = { REDIS_URL: redis.url };
      const simulated = await startApp(env);
      const first = await connect(simulated);
      first.say({ type: "subscribe", sport: SPORT });
      expect(await first.inbox.first("odds_update")).toMatchObject({ source: "simulated", status: "live" });

      const real = await startAppOn(api, env);
      const second = await connect(real);
      second.say({ type: "subscribe", sport: SPORT });
      const update = await second.inbox.first("odds_update");
      expect(update).toMatchObject({ source: "the-odds-api", status: "live" });
      expect(update.odds.map(({ id }) => id)).toEqual(["e912304de2b2ce35b473ce2ecd3d1502"]);
      expect(api.reads.length).toBeGreaterThan(0);
      await first.inbox.next("odds_update");
      expect(new Set(first.inbox.all("odds_update").map(({ source }) => source))).toEqual(
        new Set(["simulated"]),
      );

      // Each says so once, and what the other asks for; never the key.
      await eventually(() => (warnings(simulated).length > 0 && warnings(real).length > 0) || undefined);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      for (const app of [simulated, real]) {
        expect(warnings(app)).toHaveLength(1);
        expect(warnings(app)[0]?.level).toBe("error");
      }
      const said = JSON.stringify([...warnings(simulated), ...warnings(real)]);
      expect(said).toContain("simulated");
      expect(said).toContain(`the-odds-api at ${api.url}`);
      expect(said).not.toContain(real.config.THE_ODDS_API_KEY);
    },
  );

  it("share no boards after a change of the format, the regions, the bookmakers, the markets or the upstream", async () => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    const other = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    const redis = await startRedis();
    // A tick so long that whoever reads does so for its own first client.
    const env = { REDIS_URL: redis.url, ODDS_POLL_INTERVAL_MS: "60000" };
    const read = async (app: Running) => {
      const response = await fetch(`${app.url}/api/odds/live?sport=${SPORT}`);
      expect(response.status).toBe(200);
    };
    await read(await startAppOn(api, env));
    for (const change of [
      { ODDS_FORMAT: "american" },
      { ODDS_REGIONS: "eu" },
      { ODDS_BOOKMAKERS: "fanduel" },
      { ODDS_MARKETS: "h2h" },
      {},
    ]) {
      const before = api.reads.length + other.reads.length;
      const upstream = Object.keys(change).length > 0 ? api : other;
      await read(await startAppOn(upstream, { ...env, ...change }));
      expect(api.reads.length + other.reads.length, JSON.stringify(change)).toBe(before + 1);
    }
    // The same in another order is the same.
    const before = api.reads.length;
    await read(await startAppOn(api, { ...env, ODDS_MARKETS: "totals,h2h,spreads" }));
    expect(api.reads.length).toBe(before);
  });
});
