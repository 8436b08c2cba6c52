import { describe, expect, it } from "vitest";
import { socketIoClient } from "../helpers/clients.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const WAYS = [
  { way: "WebSocket only", transports: ["websocket"], ends: "websocket" },
  { way: "polling only", transports: ["polling"], ends: "polling" },
  { way: "polling, then an upgrade", transports: ["polling", "websocket"], ends: "websocket" },
];

describe("socket.io-client", () => {
  it.each(WAYS)("gets boards over $way", async ({ transports, ends }) => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    const server = await startAppOn(api);
    const client = await socketIoClient(server, { transports });
    const { engine } = client.socket.io;
    if (transports[0] !== ends && engine.transport.name !== ends) {
      await new Promise((resolve) => engine.once("upgrade", resolve));
    }
    expect(engine.transport.name).toBe(ends);
    expect(await client.ask("subscribe", { sport: "basketball_nba" })).toMatchObject({ ok: true });
    const ack = await client.inbox.first("subscription_ack");
    expect(ack).toMatchObject({ sport: "basketball_nba", updates: "full", updateFrequency: 100 });
    const first = await client.inbox.first("odds_update");
    const second = await client.inbox.next("odds_update");
    expect(first.odds).toHaveLength(1);
    expect(second.timestamp).toBeGreaterThanOrEqual(first.timestamp);
    expect(await client.ask("unsubscribe", { sport: "basketball_nba" })).toMatchObject({ ok: true });
    expect((await client.inbox.first("unsubscription_ack")).sport).toBe("basketball_nba");
  });
});
