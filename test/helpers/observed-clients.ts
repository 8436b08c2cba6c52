import { io, type Socket } from "socket.io-client";
import { WebSocket } from "ws";
import type { ServerMessage } from "../../src/protocol/server-messages.js";
import { Inbox, type TestClient } from "./clients.js";
import type { Contract } from "./contract.js";
import { closeAfter, type Running } from "./start-app.js";

/** A client all of whose messages, both ways, are checked against the server's contract. */
export interface ObservedClient extends TestClient {
  /** Says something that the contract must refuse, as the server will. */
  sayWrong(message: Record<string, unknown>): void;
  /** Cuts the connection without a goodbye, and comes back on another. */
  again(): Promise<ObservedClient>;
}

/** A plain WebSocket client, of the library ws. */
export async function observedWebSocket(
  server: Running,
  contract: Contract,
  token?: string,
): Promise<ObservedClient> {
  const headers = token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } };
  const socket = new WebSocket(server.wsUrl, headers);
  closeAfter(socket, () => socket.terminate());
  const inbox = new Inbox();
  socket.on("message", (frame) => {
    const message: ServerMessage = JSON.parse(String(frame));
    contract.message("websocket", "send", message.type, message);
    inbox.take(message);
  });
  const gone = new Promise<string>((resolve) => socket.once("close", (code) => resolve(String(code))));
  void gone.then((code) => {
    if (code !== "1006" && code !== "1005") contract.close(Number(code));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => {});
  return {
    inbox,
    gone,
    say(message) {
      contract.message("websocket", "receive", String(message.type), message);
      socket.send(JSON.stringify(message));
    },
    sayWrong(message) {
      if (!contract.refuses("websocket", String(message.type), message)) {
        throw new Error(`The contract takes ${JSON.stringify(message)}`);
      }
      socket.send(JSON.stringify(message));
    },
    close: () => socket.close(),
    again() {
      socket.terminate();
      return observedWebSocket(server, contract, token);
    },
  };
}

/** A Socket.IO client, of socket.io-client; each of its messages has a callback. */
export async function observedSocketIo(
  server: Running,
  contract: Contract,
  token?: string,
): Promise<ObservedClient> {
  const auth = token === undefined ? {} : { auth: { token } };
  const socket: Socket = io(`${server.url}/odds`, { forceNew: true, reconnection: false, ...auth });
  closeAfter(socket, () => socket.disconnect());
  const inbox = new Inbox();
  socket.onAny((event: string, message: ServerMessage) => {
    contract.message("socketio", "send", event, message);
    inbox.take(message);
  });
  const gone = new Promise<string>((resolve) => socket.once("disconnect", resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", (error: Error & { data?: unknown }) => {
      const { message, data } = error;
      if (data !== undefined) contract.message("socketio", "send", "connect_error", { message, data });
      reject(error);
    });
  });
  const answered = (answer: unknown) => contract.message("socketio", "send", "answer", answer);
  /** An event for what has one; the rest goes by `message`. */
  const eventOf = (message: Record<string, unknown>): [string, Record<string, unknown>] => {
    const { type, ...fields } = message;
    const hasEvent = type === "subscribe" || type === "unsubscribe" || type === "auth";
    return hasEvent ? [type, fields] : ["message", message];
  };
  return {
    inbox,
    gone,
    say(message) {
      const [event, payload] = eventOf(message);
      contract.message("socketio", "receive", event, payload);
      socket.emit(event, payload, answered);
    },
    sayWrong(message) {
      const [event, payload] = eventOf(message);
      if (!contract.refuses("socketio", event, payload)) {
        throw new Error(`The contract takes ${JSON.stringify(message)}`);
      }
      socket.emit(event, payload, answered);
    },
    close: () => socket.disconnect(),
    again() {
      socket.io.engine.close();
      return observedSocketIo(server, contract, token);
    },
  };
}

/** Both doors. */
export const OBSERVED_DOORS = [
  { door: "Socket.IO", connect: observedSocketIo },
  { door: "plain WebSocket", connect: observedWebSocket },
] as const;
