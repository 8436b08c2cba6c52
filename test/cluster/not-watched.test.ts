import { expect, it } from "vitest";
import type { OddsUpdate } from "../../src/protocol/server-messages.js";
import { socketIoClient, wsClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, leaderOf, type Mate, startMate } from "../helpers/fleet.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
/** A tick of 200 ms is read within 600 ms, and waited for 1 s more. */
const OLD_MS = 1600;
const NOT_WATCHED = { status: "stale", reason: "NOT_WATCHED" };

const live = async ({ url }: Mate) =>
  (await (await fetch(`${url}/api/odds/live?sport=${SPORT}`)).json()) as OddsUpdate;

describeWithRedis("A board that nobody wanted for a while, of two processes", () => {
  it("is NOT_WATCHED at both until it is read, and at none OVERDUE", { timeout: 90_000 }, async () => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    const redis = await startRedis();
    const env = { ODDS_POLL_INTERVAL_MS: "200", ODDS_CACHE_TTL_MS: "200" };
    const mates = await Promise.all([1, 2].map(() => startMate(api, redis.url, env)));
    const leader = await leaderOf(mates);
    const [follower = leader] = mates.filter((mate) => mate !== leader);
    const clients = { Socket: socketIoClient, plain: wsClient };
    const lastRead = () => api.reads.at(-1)?.at ?? 0;
    const isOld = () => eventually(() => performance.now() - lastRead() > OLD_MS + 100 || undefined);
    for (const first of [leader, follower]) {
      for (const connect of Object.values(clients)) {
        // Both have a board that both forget to want.
        const before = await connect(follower);
        before.say({ type: "subscribe", sport: SPORT });
        await before.inbox.next("odds_update", ({ status }) => status === "live");
        before.close();
        await isOld();
        const client = await connect(first);
        client.say({ type: "subscribe", sport: SPORT });
        await client.inbox.next("odds_update", ({ status }) => status === "live");
        const told = client.inbox.all("odds_update").map(({ status, reason }) => ({ status, reason }));
        expect(told[0]).toEqual(NOT_WATCHED);
        expect(told.filter(({ reason }) => reason !== "NOT_WATCHED" && reason !== null)).toEqual([]);
        for (const mate of mates) expect(await live(mate)).toMatchObject({ status: "live", reason: null });
        client.close();
      }
    }
    // The upstream falls silent while nobody wants anything.
    await isOld();
    api.board = () => true;
    const client = await wsClient(follower);
    client.say({ type: "subscribe", sport: SPORT });
    const first = await client.inbox.first("odds_update");
    expect(first).toMatchObject(NOT_WATCHED);
    // A machine that stalls is later than that may be: the board is OVERDUE then.
    const isInTime = () => Date.now() - first.timestamp < OLD_MS - 100;
    for (const mate of mates) {
      const board = await live(mate);
      const status = await (await fetch(`${mate.url}/status`)).json();
      if (!isInTime()) continue;
      expect(board).toMatchObject(NOT_WATCHED);
      expect(status).toMatchObject({ status: "ok", reasons: [], sports: [{ sport: SPORT, ...NOT_WATCHED }] });
    }
  });
});
