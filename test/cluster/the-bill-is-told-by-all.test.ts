import { expect, it } from "vitest";
import { wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, leaderOf, startMate } from "../helpers/fleet.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORTS = ["basketball_nba", "icehockey_nhl"] as const;

interface Bill {
  readonly rate: number;
  readonly remaining: number;
  readonly sports: Record<string, { everyMs: number; cost: number }>;
}

const getJson = async <T>(url: string) => (await (await fetch(url)).json()) as T;

describeWithRedis("The bill of several processes", () => {
  it("is told by each of them as by the one that reads, whosever clients want a sport", {
    timeout: 60_000,
  }, async () => {
    const boards = Object.fromEntries(SPORTS.map((key) => [key, smallBoard(1.9, key)]));
    const api = closeAfter(await startFakeOddsApi(boards), (fake) => fake.close());
    const redis = await startRedis();
    const mates = await Promise.all([1, 2].map(() => startMate(api, redis.url)));
    const leader = await leaderOf(mates);
    const follower = mates.find((mate) => mate !== leader) ?? leader;
    const [ofLeader, ofFollower] = await Promise.all([wsClient(leader), wsClient(follower)]);
    ofLeader.say({ type: "subscribe", sport: SPORTS[0] });
    ofFollower.say({ type: "subscribe", sport: SPORTS[1] });
    await Promise.all([ofLeader.inbox.first("odds_update"), ofFollower.inbox.first("odds_update")]);
    const rate = 2 * 3 * 3600;
    for (const mate of [leader, follower]) {
      const bill = await eventually(async () => {
        const told = await getJson<Bill>(`${mate.url}/api/odds/credits`);
        return Object.keys(told.sports).length === SPORTS.length ? told : undefined;
      });
      expect(bill).toMatchObject({
        rate,
        sports: Object.fromEntries(SPORTS.map((key) => [key, { everyMs: 1000, cost: 3 }])),
      });
      const health = await getJson<{ wanted: string[]; credits: Bill }>(`${mate.url}/health`);
      expect([...health.wanted].sort()).toEqual(SPORTS);
      expect(health.credits.rate).toBe(rate);
    }
    ofLeader.say({ type: "unsubscribe", sport: SPORTS[0] });
    await eventually(async () => {
      const told = await getJson<Bill>(`${follower.url}/api/odds/credits`);
      return Object.keys(told.sports).join() === SPORTS[1] ? told : undefined;
    });
  });
});
