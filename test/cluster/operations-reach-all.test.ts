import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";
import { expect, it } from "vitest";
import { socketIoClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

describeWithRedis("Socket.IO's operations on all processes", () => {
  it("reach the clients of each by the standard adapter", async () => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    const redis = await startRedis();
    const apps = [
      await startAppOn(api, { REDIS_URL: redis.url }),
      await startAppOn(api, { REDIS_URL: redis.url }),
    ];
    const clients = await Promise.all(apps.map((app) => socketIoClient(app)));
    for (const client of clients) client.say({ type: "subscribe", sport: "basketball_nba" });
    await Promise.all(clients.map(({ inbox }) => inbox.first("odds_update")));

    // An operator's tool: a Socket.IO server that has no clients of its own.
    const publisher = createClient({ url: redis.url });
    const subscriber = publisher.duplicate();
    await Promise.all([publisher.connect(), subscriber.connect()]);
    const tool = new Server(createServer(), {
      adapter: createAdapter(publisher, subscriber, { key: "live-odds:1:0:socket.io" }),
    });
    closeAfter(tool, async () => {
      await tool.close();
      await Promise.all([publisher.close(), subscriber.close()]);
    });
    const odds = tool.of("/odds");
    expect((await odds.in("odds:basketball_nba").fetchSockets()).length).toBe(2);
    const told = clients.map(({ inbox }) => inbox.next("error"));
    odds.to("odds:basketball_nba").emit("error", { type: "error", code: "INTERNAL", message: "maintenance" });
    expect((await Promise.all(told)).map(({ message }) => message)).toEqual(["maintenance", "maintenance"]);
  });
});
