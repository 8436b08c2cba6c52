import { connect } from "node:net";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { DOORS } from "./clients.js";
import { startFakeOddsApi } from "./fake-odds-api.js";
import { closeAfter, type Running, startAppOn } from "./start-app.js";

/** A server with a board of `basketball_nba`, whose sports list is read. */
export async function startTarget(env: Record<string, string> = {}): Promise<Running> {
  const api = await startFakeOddsApi();
  closeAfter(api, () => api.close());
  return startAppOn(api, env);
}

/** Expects that the server serves newcomers at every door, and that nothing happened that a person must look at. */
export async function expectStillServing(server: Running): Promise<void> {
  const health = await fetch(`${server.url}/health`);
  expect(health.status).toBe(200);
  await health.json();
  await Promise.all(
    DOORS.map(async ({ connect }) => {
      const client = await connect(server);
      client.say({ type: "subscribe", sport: "basketball_nba" });
      await client.inbox.first("odds_update");
      client.close();
    }),
  );
  expect(server.log.lines.filter(({ level }) => level === "error")).toEqual([]);
}

/** A Socket.IO connection without a library that keeps it from saying nonsense; it is in `/odds`. */
export async function rawSocketIo(server: Running): Promise<{ socket: WebSocket; closed: Promise<void> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`);
  closeAfter(socket, () => socket.terminate());
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.on("message", (frame) => {
      const text = String(frame);
      if (text.startsWith("0")) socket.send("40/odds,");
      else if (text.startsWith("40/odds,")) resolve();
    });
  });
  socket.on("error", () => {});
  return { socket, closed };
}

/** Sends bytes over a bare TCP connection and resolves with all that comes back until the server closes it. */
export function rawHttp(server: Running, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(server.port, "127.0.0.1", () => socket.write(bytes));
    closeAfter(socket, () => socket.destroy());
    socket.on("data", (piece) => {
      answer += String(piece);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}
