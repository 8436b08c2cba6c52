/* ws as a careful hand uses it: one text for all, sent to each. */
import { type WebSocket, WebSocketServer } from "ws";
import { everyTick, newest, port } from "./ticker.js";

const server = new WebSocketServer({ host: "127.0.0.1", port, path: "/odds", perMessageDeflate: false });
const subscribers = new Map<string, Set<WebSocket>>();
const encoded = (message: unknown) => Buffer.from(JSON.stringify(message));
server.on("connection", (socket) => {
  let subscribed: Set<WebSocket> | undefined;
  socket.on("message", (frame) => {
    const { sport } = JSON.parse(String(frame)) as { sport: string };
    subscribed = subscribers.get(sport) ?? new Set();
    subscribers.set(sport, subscribed.add(socket));
    const message = newest.get(sport);
    if (message) socket.send(encoded(message), { binary: false });
  });
  socket.on("close", () => subscribed?.delete(socket));
});
everyTick((message) => {
  const text = encoded(message);
  for (const socket of subscribers.get(message.sport) ?? []) socket.send(text, { binary: false });
});
