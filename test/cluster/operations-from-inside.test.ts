import { createServer } from "node:http";
import { Server } from "socket.io";
import { expect, it } from "vitest";
import { Fleet } from "../../src/cluster/fleet.js";
import { RedisCluster } from "../../src/cluster/redis-cluster.js";
import { newIdentity } from "../../src/identity.js";
import { socketIoClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter, rememberingLog, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const ROOM = `odds:${SPORT}`;

describeWithRedis("Socket.IO's operations, by the adapter that a server of ours has", () => {
  it("reach all processes, and count them, from inside one", { timeout: 30_000 }, async () => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    const redis = await startRedis();
    const apps = [
      await startAppOn(api, { REDIS_URL: redis.url }),
      await startAppOn(api, { REDIS_URL: redis.url }),
    ];
    const clients = await Promise.all(apps.map((app) => socketIoClient(app)));
    for (const client of clients) client.say({ type: "subscribe", sport: SPORT });
    await Promise.all(clients.map(({ inbox }) => inbox.first("odds_update")));

    // What `App.start` does, with a Socket.IO server that is at hand here.
    const { config } = apps[0] as (typeof apps)[0];
    const cluster = new RedisCluster(
      newIdentity().process,
      redis.url,
      new Fleet("simulated", config),
      config,
      rememberingLog(),
    );
    const inside = new Server(createServer(), { adapter: await cluster.open() });
    closeAfter(inside, async () => {
      await inside.close();
      await cluster.close();
    });
    const odds = inside.of("/odds");
    const adapter = odds.adapter as typeof odds.adapter & { allRooms(): Promise<Set<string>> };
    // Its subscriptions are on their way.
    while ((await adapter.serverCount().catch(() => 0)) < 3) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await adapter.serverCount()).toBe(3);
    expect(await odds.fetchSockets()).toHaveLength(2);
    expect(await odds.in(ROOM).fetchSockets()).toHaveLength(2);
    expect([...(await adapter.allRooms())]).toContain(ROOM);
    const told = clients.map(({ inbox }) => inbox.next("error"));
    odds.to(ROOM).emit("error", { type: "error", code: "INTERNAL", message: "maintenance" });
    expect((await Promise.all(told)).map(({ message }) => message)).toEqual(["maintenance", "maintenance"]);
    odds.disconnectSockets(true);
    await Promise.all(
      clients.map(({ socket }) => new Promise((resolve) => socket.once("disconnect", resolve))),
    );
  });
});
