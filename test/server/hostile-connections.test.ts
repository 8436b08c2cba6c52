import { connect } from "node:net";
import { io } from "socket.io-client";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { DOORS, socketIoClient, wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { expectStillServing, rawHttp, rawSocketIo, startTarget } from "../helpers/hostile.js";
import { closeAfter, type Running, startAppOn } from "../helpers/start-app.js";

async function health(server: Running): Promise<Record<string, unknown>> {
  const answer = await fetch(`${server.url}/health`);
  return (await answer.json()) as Record<string, unknown>;
}

describe("more connections than an address may hold", () => {
  /** The status that a plain WebSocket's upgrade is answered with; 101 when it comes in. */
  const knock = (server: Running) =>
    new Promise<number>((resolve, reject) => {
      const socket = closeAfter(new WebSocket(server.wsUrl), (opened) => opened.terminate());
      socket.on("open", () => resolve(101));
      socket.on("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      socket.on("error", reject);
    });

  it("are refused, counted over both doors, until one is closed", async () => {
    const server = await startTarget({ MAX_CONNECTIONS_PER_IP: "3" });
    const first = await wsClient(server);
    await socketIoClient(server, { transports: ["websocket"] });
    await socketIoClient(server, { transports: ["polling"] });
    expect(await knock(server)).toBe(429);
    for (const transport of ["websocket", "polling"] as const) {
      await expect(socketIoClient(server, { transports: [transport] })).rejects.toThrow();
    }
    const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
    expect(await answer.text()).toContain("RATE_LIMITED");
    // Requests are no connections: they have a limit of their own.
    expect(await health(server)).toMatchObject({ websocket: 3 });
    first.close();
    await first.closed;
    await expect.poll(() => knock(server)).toBe(101);
    expect(await knock(server)).toBe(429);
  });

  it("are none where a polling client goes over to a WebSocket", async () => {
    const server = await startTarget({ MAX_CONNECTIONS_PER_IP: "1" });
    const { socket, inbox } = await socketIoClient(server, { transports: ["polling", "websocket"] });
    const { engine } = socket.io;
    await expect.poll(() => engine.transport.name, { timeout: 5000 }).toBe("websocket");
    socket.emit("subscribe", { sport: "basketball_nba" });
    await inbox.first("odds_update");
    expect(await knock(server)).toBe(429);
  });

  it("are refused when they all come at once", async () => {
    const server = await startTarget({ MAX_CONNECTIONS_PER_IP: "10" });
    const statuses = await Promise.all(Array.from({ length: 50 }, () => knock(server)));
    expect(statuses.filter((status) => status === 101)).toHaveLength(10);
    const sockets = Array.from({ length: 20 }, () => socketIoClient(server));
    const settled = await Promise.allSettled(sockets);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(0);
    expect(await health(server)).toMatchObject({ websocket: 10 });
  });

  it("are no matter of connections that were refused or have failed", async () => {
    const server = await startTarget({ MAX_CONNECTIONS_PER_IP: "2" });
    for (let i = 0; i < 5; i++) {
      await rawHttp(
        server,
        "GET /odds HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      );
      const refused = new WebSocket(server.wsUrl, { origin: "https://rosebud.ai.evil.example" });
      await new Promise((resolve) => refused.once("error", resolve));
    }
    await wsClient(server);
    await wsClient(server);
  });
});

describe("more subscriptions than a connection may hold", () => {
  it.each(DOORS)("are refused at the $door until one is given up", async ({ connect: enter }) => {
    const sports = ["one", "two", "three", "four"];
    const api = await startFakeOddsApi(Object.fromEntries(sports.map((sport) => [sport, smallBoard()])));
    closeAfter(api, () => api.close());
    const server = await startAppOn(api, { MAX_SUBSCRIPTIONS: "3" });
    const client = await enter(server);
    // The same sport twice is one subscription.
    for (const sport of ["one", ...sports]) client.say({ type: "subscribe", sport });
    expect(await client.inbox.first("error")).toMatchObject({
      code: "TOO_MANY_SUBSCRIPTIONS",
      sport: "four",
    });
    expect(client.inbox.all("subscription_ack").map(({ sport }) => sport)).toEqual([
      "one",
      "one",
      "two",
      "three",
    ]);
    expect((await health(server)).wanted).toEqual(["one", "two", "three"]);
    client.say({ type: "unsubscribe", sport: "two" });
    client.say({ type: "subscribe", sport: "four" });
    await client.inbox.first("odds_update", ({ sport }) => sport === "four");
  });
});

describe("connections that do not behave", () => {
  it("may say nothing at all: 200 half-open ones keep nobody out, nor the server from stopping", async () => {
    const server = await startTarget();
    const starts = ["", "G", "GET / HTTP/1.1\r\nHost:", "POST /api HTTP/1.1\r\nContent-Length: 9\r\n\r\n"];
    const opened = await Promise.all(
      Array.from({ length: 200 }, (_, i) => {
        const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
        closeAfter(socket, () => socket.destroy());
        socket.on("error", () => {});
        return new Promise<typeof socket>((resolve) =>
          socket.once("connect", () => {
            socket.write(starts[i % starts.length] ?? "");
            resolve(socket);
          }),
        );
      }),
    );
    await expectStillServing(server);
    const began = performance.now();
    await server.stop();
    expect(performance.now() - began).toBeLessThan(3 * server.config.SHUTDOWN_GRACE_MS);
    expect(opened).toHaveLength(200);
  });

  it("are let go when they answer no ping, with what they subscribed to", async () => {
    // Long enough for both to have subscribed on a busy machine.
    const server = await startTarget({ PING_INTERVAL_MS: "300", PING_TIMEOUT_MS: "2200" });
    const ws = await wsClient(server, { autoPong: false });
    ws.say({ type: "subscribe", sport: "basketball_nba" });
    const { socket, closed } = await rawSocketIo(server);
    socket.send('42/odds,["subscribe",{"sport":"basketball_nba"}]');
    await ws.inbox.first("odds_update");
    expect(await health(server)).toMatchObject({ websocket: 2, wanted: ["basketball_nba"] });
    await Promise.all([ws.closed, closed]);
    await expect.poll(() => health(server)).toMatchObject({ websocket: 0, wanted: [] });
    await expectStillServing(server);
  });
});

describe("a Socket.IO client in the wrong place", () => {
  it("is told so in the default namespace, and whatever it says there is nothing", async () => {
    const server = await startTarget();
    const socket = io(server.url, { forceNew: true, reconnection: false });
    closeAfter(socket, () => socket.disconnect());
    const hint = await new Promise((resolve) => socket.once("error", resolve));
    expect(hint).toMatchObject({ type: "error", code: "INVALID_MESSAGE" });
    for (let i = 0; i < 100; i++) socket.emit("subscribe", { sport: "basketball_nba" }, () => {});
    expect(await health(server)).toMatchObject({ websocket: 0, wanted: [] });
    await expectStillServing(server);
  });

  it("is refused in a namespace that is none", async () => {
    const server = await startTarget();
    const socket = io(`${server.url}/admin`, { forceNew: true, reconnection: false });
    closeAfter(socket, () => socket.disconnect());
    const error = await new Promise<Error>((resolve) => socket.once("connect_error", resolve));
    expect(error.message).toBe("Invalid namespace");
    await expectStillServing(server);
  });
});
