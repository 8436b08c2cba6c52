import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { WebSocket } from "ws";
import type { ServerMessage } from "../../src/protocol/server-messages.js";
import type {
  Answer,
  ClientToServerEvents,
  ServerToClientEvents,
} from "../../src/protocol/socketio-events.js";
import { BROWSER_OFFER, closeFrame, compressedFrame, rawFrame } from "./raw-frames.js";
import { type RawWebSocket, rawWebSocket } from "./raw-websocket.js";
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

/** Where a server is. */
export type Place = Pick<Running, "port" | "url" | "wsUrl">;

/** A client at either WebSocket door. */
export interface TestClient {
  readonly inbox: Inbox;
  /** Resolves when the connection has ended, with why. */
  readonly gone: Promise<string>;
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
  "reconnect",
  "auth_ack",
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
    socket.io.once("close", (reason) => {
      // A refused client closes first, and says why behind that.
      queueMicrotask(() => reject(new Error(`Cut off before it was in: ${reason}`)));
    });
  });
  const gone = new Promise<string>((resolve) => socket.once("disconnect", resolve));
  return {
    socket,
    inbox,
    gone,
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
    gone: closed.then(String),
    say: (message) => socket.send(JSON.stringify(message)),
    close: () => socket.close(),
  };
}

/** A client at either door on a bare TCP connection. */
export interface RawClient extends TestClient {
  readonly raw: RawWebSocket;
  /** What is to be sent over the WebSocket for a message to be said. */
  textOf(message: Record<string, unknown>): string;
  /** Says these in one write, each compressed where that was agreed on. */
  sayAll(messages: readonly Record<string, unknown>[]): void;
}

const SOCKET_IO_PATH = "/socket.io/?EIO=4&transport=websocket";
const EVENT = "42/odds,";

/** How a client of each door speaks over its WebSocket. */
const SPEECH = {
  "Socket.IO": {
    path: SOCKET_IO_PATH,
    textOf: ({ type, ...rest }: Record<string, unknown>) => `${EVENT}${JSON.stringify([type, rest])}`,
    messageIn: (text: string): ServerMessage | undefined =>
      text.startsWith(`${EVENT}[`) ? JSON.parse(text.slice(EVENT.length))[1] : undefined,
  },
  "plain WebSocket": {
    path: "/odds",
    textOf: (message: Record<string, unknown>) => JSON.stringify(message),
    messageIn: (text: string): ServerMessage | undefined => JSON.parse(text),
  },
} as const;

/**
 * Connects to a door as browsers do, compressing every message, and resolves once it is in; closed after the test.
 * What it says in one go leaves in one write.
 */
export async function rawClient(
  server: Pick<Running, "port">,
  door: keyof typeof SPEECH,
  offer: string | undefined = BROWSER_OFFER,
): Promise<RawClient> {
  const { path, textOf, messageIn } = SPEECH[door];
  const raw = await rawWebSocket(server, path, offer);
  const inbox = new Inbox();
  const frameOf = (text: string) => (raw.extensions === "" ? rawFrame(text) : compressedFrame(text));
  raw.onText(({ text }) => {
    if (text === "2" && door === "Socket.IO") raw.write(frameOf("3"));
    const message = messageIn(text);
    if (message) inbox.take(message);
  });
  if (door === "Socket.IO") {
    const entered = raw.next(({ text }) => text.startsWith("40/odds,"));
    raw.write(frameOf("40/odds,"));
    await entered;
  }
  let waiting: Buffer[] = [];
  const say = (message: Record<string, unknown>) => {
    if (waiting.length === 0) {
      queueMicrotask(() => {
        raw.write(...waiting);
        waiting = [];
      });
    }
    waiting.push(frameOf(textOf(message)));
  };
  return {
    raw,
    inbox,
    gone: raw.closed.then(String),
    textOf,
    say,
    sayAll: (messages) => {
      for (const message of messages) say(message);
    },
    close: () => raw.socket.end(closeFrame(1000)),
  };
}

/** The doors as clients on bare TCP connections find them. */
export const RAW_DOORS: readonly {
  door: string;
  connect(server: Pick<Running, "port">, offer?: string): Promise<RawClient>;
}[] = (["Socket.IO", "plain WebSocket"] as const).map((door) => ({
  door,
  connect: (server, offer) => rawClient(server, door, offer),
}));

/**
 * Both WebSocket doors, for behaviours that must be the same at each: as the libraries for Node enter them, which
 * compress nothing that is short, and as browsers do.
 */
export const DOORS: readonly { door: string; connect(server: Place): Promise<TestClient> }[] = [
  { door: "Socket.IO", connect: (server) => socketIoClient(server) },
  { door: "plain WebSocket", connect: (server) => wsClient(server) },
  ...RAW_DOORS.map(({ door, connect }) => ({
    door: `${door} (all compressed, several in one write)`,
    connect: (server: Place) => connect(server),
  })),
];
