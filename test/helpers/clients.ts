import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { WebSocket } from "ws";
import type {
  Answer,
  ClientToServerEvents,
  ServerMessage,
  ServerToClientEvents,
} from "../../src/gateways/protocol.js";
import { closeAfter, type Running } from "./start-app.js";

type MessageOf<T extends ServerMessage["type"]> = Extract<ServerMessage, { type: T }>;

/** What a client was told, in order, and a way to wait for the next of a kind. */
export class Inbox {
  readonly messages: ServerMessage[] = [];
  private readonly waiting: {
    matches(message: ServerMessage): boolean;
    resolve(message: ServerMessage): void;
  }[] = [];

  take(message: ServerMessage): void {
    this.messages.push(message);
    for (const waiter of [...this.waiting]) {
      if (!waiter.matches(message)) continue;
      this.waiting.splice(this.waiting.indexOf(waiter), 1);
      waiter.resolve(message);
    }
  }

  /** All messages of a type so far. */
  all<T extends ServerMessage["type"]>(type: T): MessageOf<T>[] {
    return this.messages.filter((message): message is MessageOf<T> => message.type === type);
  }

  /** The next message of a type from now on, for which `where` holds. */
  next<T extends ServerMessage["type"]>(
    type: T,
    where: (message: MessageOf<T>) => boolean = () => true,
  ): Promise<MessageOf<T>> {
    return new Promise((resolve) =>
      this.waiting.push({
        matches: (message) => message.type === type && where(message as MessageOf<T>),
        resolve: (message) => resolve(message as MessageOf<T>),
      }),
    );
  }

  /** The first message of a type, already there or to come, for which `where` holds. */
  async first<T extends ServerMessage["type"]>(
    type: T,
    where: (message: MessageOf<T>) => boolean = () => true,
  ): Promise<MessageOf<T>> {
    return this.all(type).find(where) ?? (await this.next(type, where));
  }
}

/** A client at either WebSocket door. */
export interface TestClient {
  readonly inbox: Inbox;
  say(message: Record<string, unknown>): void;
  close(): void;
}

/** A socket.io-client on `/odds`. */
export interface SocketIoClient extends TestClient {
  readonly socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  /** Emits with a callback and resolves with its answer. */
  ask(event: "subscribe" | "unsubscribe" | "message", payload: unknown): Promise<Answer>;
}

const SERVER_EVENTS = [
  "subscription_ack",
  "unsubscription_ack",
  "odds_update",
  "odds_delta",
  "error",
] as const;

/** Connects a socket.io-client to `/odds` and resolves once it is in; closed after the test. */
export async function socketIoClient(
  server: Pick<Running, "url">,
  options: Partial<ManagerOptions & SocketOptions> = {},
): Promise<SocketIoClient> {
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(`${server.url}/odds`, {
    forceNew: true,
    reconnection: false,
    ...options,
  });
  closeAfter(socket, () => socket.disconnect());
  const inbox = new Inbox();
  for (const event of SERVER_EVENTS) socket.on(event, (message: ServerMessage) => inbox.take(message));
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  return {
    socket,
    inbox,
    say: ({ type, ...rest }) => void socket.emit(type as "subscribe", rest as { sport: string }),
    ask: (event, payload) =>
      new Promise((resolve) => socket.emit(event as "subscribe", payload as { sport: string }, resolve)),
    close: () => socket.disconnect(),
  };
}

/** A plain WebSocket client on `/odds`. */
export interface WsClient extends TestClient {
  readonly socket: WebSocket;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
}

/** Connects a plain WebSocket to `/odds` and resolves once it is open; closed after the test. */
export async function wsClient(
  server: Pick<Running, "wsUrl">,
  options: ConstructorParameters<typeof WebSocket>[2] = {},
): Promise<WsClient> {
  const socket = new WebSocket(server.wsUrl, options);
  closeAfter(socket, () => socket.terminate());
  const inbox = new Inbox();
  socket.on("message", (frame) => inbox.take(JSON.parse(String(frame))));
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  // From here on errors end in a close.
  socket.on("error", () => {});
  return {
    socket,
    inbox,
    closed,
    say: (message) => socket.send(JSON.stringify(message)),
    close: () => socket.close(),
  };
}

/** Both WebSocket doors, for behaviours that must be the same at each. */
export const DOORS: readonly { door: string; connect(server: Running): Promise<TestClient> }[] = [
  { door: "Socket.IO", connect: (server) => socketIoClient(server) },
  { door: "plain WebSocket", connect: (server) => wsClient(server) },
];
