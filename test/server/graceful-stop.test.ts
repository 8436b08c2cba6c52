import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { type SocketIoClient, socketIoClient, type WsClient, wsClient } from "../helpers/clients.js";
import { smallBoard, startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { inFull } from "../helpers/in-full.js";
import { freePort, type ServerProcess, startProcess } from "../helpers/process.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

const GRACE_MS = 6000;

/** Clients of each kind: 500 in all, or 100. */
const CROWD = { websocket: inFull(200, 40), polling: inFull(50, 10), plain: inFull(250, 50) };

/** A client that opens a plain WebSocket and then neither reads nor answers. */
async function silentClient(port: number): Promise<Socket> {
  const socket = closeAfter(connect(port, "127.0.0.1"), (open) => open.destroy());
  await once(socket, "connect");
  socket.write(
    "GET /odds HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  await once(socket, "data");
  socket.pause();
  return socket.on("error", () => {});
}

const many = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));

/** The whole crowd, subscribed; Socket.IO clients come back by themselves, as a browser's do. */
async function connectCrowd(port: number): Promise<{ socketIo: SocketIoClient[]; plain: WsClient[] }> {
  const at = { url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}/odds` };
  const comesBack = { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 500 };
  const [streaming, polling, plain] = await Promise.all([
    many(CROWD.websocket, () => socketIoClient(at, { ...comesBack, transports: ["websocket"] })),
    many(CROWD.polling, () => socketIoClient(at, { ...comesBack, transports: ["polling"] })),
    many(CROWD.plain, () => wsClient(at)),
  ]);
  const socketIo = [...streaming, ...polling];
  for (const client of [...socketIo, ...plain]) client.say({ type: "subscribe", sport: "basketball_nba" });
  await Promise.all([...socketIo, ...plain].map(({ inbox }) => inbox.first("odds_update")));
  return { socketIo, plain };
}

function serve(port: number, apiUrl: string): ServerProcess {
  return startProcess({
    PORT: String(port),
    HOST: "127.0.0.1",
    THE_ODDS_API_KEY: TEST_KEY,
    ODDS_API_BASE_URL: apiUrl,
    ODDS_POLL_INTERVAL_MS: "200",
    ODDS_CACHE_TTL_MS: "200",
    SHUTDOWN_GRACE_MS: String(GRACE_MS),
    LOG_LEVEL: "info",
  });
}

describe("the process, told to stop", () => {
  it("lets its clients go, cuts off who does not, and makes room for its successor", {
    timeout: 120_000,
  }, async () => {
    const boards = { basketball_nba: smallBoard(), soccer_epl: smallBoard(1.5, "soccer_epl") };
    const api = closeAfter(await startFakeOddsApi(boards), (fake) => fake.close());
    api.board = (request, response) => {
      // No answer for soccer, ever.
      if (request.url?.includes("basketball_nba")) response.end(JSON.stringify(boards.basketball_nba));
    };
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = serve(port, api.url);
    await server.listening();
    const { socketIo, plain } = await connectCrowd(port);
    await silentClient(port);
    const soccerRead = api.nextRead();
    const hung = fetch(`${url}/api/odds/live?sport=soccer_epl`);
    hung.catch(() => {});
    await soccerRead;
    expect((await fetch(`${url}/ready`)).status).toBe(200);

    // What a client was sent may lie unread in this process when the server has ended: all has come when its end has.
    const gone = [
      ...socketIo.map(({ socket }) => new Promise((resolve) => socket.once("disconnect", resolve))),
      ...plain.map(({ closed }) => closed),
    ];
    const told = performance.now();
    for (let i = 0; i < 5; i++) server.child.kill("SIGTERM");
    await server.line("SIGTERM: stopping");
    const draining = await fetch(`${url}/ready`);
    expect([draining.status, await draining.json()]).toEqual([503, { status: "draining" }]);
    const late = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
    expect(late.status).toBe(503);
    await late.body?.cancel();

    const answer = await hung;
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: expect.any(String) } });
    expect(await server.ended).toEqual({ code: 0, signal: null, stderr: "" });
    expect(performance.now() - told).toBeLessThan(GRACE_MS);
    expect(server.lines.filter((line) => line.includes("SIGTERM"))).toHaveLength(1);

    await Promise.all(gone);
    for (const { inbox } of [...socketIo, ...plain]) {
      expect(inbox.all("error").map(({ code }) => code)).toEqual(["SHUTTING_DOWN"]);
    }
    expect(new Set(await Promise.all(plain.map(({ closed }) => closed)))).toEqual(new Set([1012]));

    const back = Promise.all(
      socketIo.map(
        ({ socket }) =>
          socket.connected || new Promise((resolve) => socket.once("connect", () => resolve(true))),
      ),
    );
    const successor = serve(port, api.url);
    expect(await successor.listening()).toBe(port);
    expect(new Set(await back)).toEqual(new Set([true]));
    const updates = Promise.all(socketIo.map(({ inbox }) => inbox.next("odds_update")));
    for (const client of socketIo) client.say({ type: "subscribe", sport: "basketball_nba" });
    await updates;
  });

  it("stops at once when nobody is connected", async () => {
    const server = startProcess({ PORT: "0", HOST: "127.0.0.1", SHUTDOWN_GRACE_MS: "20000" });
    const port = await server.listening();
    // An idle kept-alive connection does not hold it up.
    await (await fetch(`http://127.0.0.1:${port}/health`)).json();
    const told = performance.now();
    server.child.kill("SIGINT");
    expect(await server.ended).toEqual({ code: 0, signal: null, stderr: "" });
    expect(performance.now() - told).toBeLessThan(2000);
    expect(server.lines.at(-1)).toContain("Stopped");
  });

  it("is not held up by a connection that was answered late, and is kept for a next request", async () => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      api.board = (_request, response) => {
        answer = () => response.end(JSON.stringify(smallBoard()));
        resolve();
      };
    });
    const server = await startAppOn(api, { SHUTDOWN_GRACE_MS: String(GRACE_MS) });
    const waits = fetch(`${server.url}/api/odds/live`);
    await asked;
    const told = performance.now();
    const stopped = server.stop();
    const listens = () =>
      fetch(`${server.url}/health`).then(
        () => true,
        () => false,
      );
    await expect.poll(listens, { timeout: 10_000 }).toBe(false);
    answer();
    expect((await waits).status).toBe(200);
    await stopped;
    expect(performance.now() - told).toBeLessThan(GRACE_MS / 2);
  });
});
