import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Server } from "socket.io";
import { io as connectSocketIo } from "socket.io-client";
import { expect, it } from "vitest";
import { HttpCounts } from "../../src/metrics.js";
import { HttpServer } from "../../src/transports/http-server.js";
import { closeAfter, rememberingLog } from "../helpers/start-app.js";

const STALLED_MS = 300;
const LARGE = Buffer.alloc(64 * 1024 * 1024);

function serverOf(handler: RequestListener): HttpServer {
  const http = new HttpServer(handler, rememberingLog(), new HttpCounts(), STALLED_MS);
  return closeAfter(http, async () => {
    http.cutOff();
    await http.close();
  });
}

async function start(handler: RequestListener): Promise<Socket> {
  const port = await serverOf(handler).listen({ PORT: 0, HOST: "127.0.0.1" });
  const client = connect(port, "127.0.0.1");
  closeAfter(client, () => client.destroy());
  client.on("error", () => {});
  client.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return client;
}

it.each<[string, RequestListener]>([
  ["at once", (_request, response) => response.end(LARGE)],
  ["piece by piece", (_request, response) => response.write(LARGE)],
])("An answer that nobody takes is ended, where it is given %s", async (_how, give) => {
  let ended: Promise<unknown> | undefined;
  const client = await start((request, response) => {
    ended = once(response, "close");
    give(request, response);
  });
  client.pause();
  await expect.poll(() => ended).toBeDefined();
  await ended;
});

it("An answer that is taken slowly, or long in the making, is not", async () => {
  const client = await start((_request, response) => {
    setTimeout(() => response.end(LARGE), 3 * STALLED_MS);
  });
  let bytes = 0;
  const closed = once(client, "close");
  client.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > LARGE.length / 8) return;
    client.pause();
    void wait(5).then(() => client.resume());
  });
  await closed;
  expect(bytes).toBeGreaterThan(LARGE.length);
});

it("A poll of Socket.IO's in which nothing is to be said for longer is none", async () => {
  const http = serverOf(() => {});
  const io = new Server(http.server, { transports: ["polling"] });
  closeAfter(io, (it) => it.close());
  io.on("connection", (socket) => setTimeout(() => socket.emit("late"), 3 * STALLED_MS));
  const port = await http.listen({ PORT: 0, HOST: "127.0.0.1" });
  const client = closeAfter(connectSocketIo(`http://127.0.0.1:${port}`, { transports: ["polling"] }), (it) =>
    it.close(),
  );
  const heard = await new Promise((resolve) => {
    client.on("late", () => resolve("late"));
    client.on("disconnect", resolve);
  });
  expect(heard).toBe("late");
});
