import type { RedisClientType } from "redis";
import { logError } from "../errors.js";
import type { Logger } from "../logger.js";

/** A command that is not answered within this time (ms) has failed, whatever becomes of it. */
const COMMAND_MS = 1000;
/** A connection on which nothing came for this long (ms) is dead; heartbeats and pings keep a live one busy. */
const SILENCE_MS = 4000;
const PING_MS = 1000;
/** Between two tries to connect, in ms: short, so that all is live soon after Redis is back. */
const RECONNECT_MS = { least: 50, most: 500 };

/** What a script or command is given. */
export type Argument = string | Buffer;

/** The part of a Redis client that the Socket.IO adapter uses. */
type Client = RedisClientType;

/** Two connections to Redis, for commands and for what is published; each comes back by itself. */
export class RedisLink {
  private commands: Client | undefined;
  private subscriber: Client | undefined;
  private toBuffers: ReturnType<Client["withTypeMapping"]> | undefined;
  private complained = "";

  constructor(
    private readonly url: string,
    private readonly log: Logger,
  ) {}

  /** Begins to connect, and to pass on what is published on a channel; `back` is called at each new beginning. */
  async open(channel: string, heard: (message: Buffer) => void, back: () => void): Promise<void> {
    // Loaded only here: without REDIS_URL nothing of it is.
    const { createClient, RESP_TYPES } = await import("redis");
    const options = {
      url: this.url,
      // What is not sent is refused at once: nothing piles up while Redis is away.
      disableOfflineQueue: true,
      pingInterval: PING_MS,
      socket: {
        connectTimeout: 2000,
        socketTimeout: SILENCE_MS,
        reconnectStrategy: (retries: number) =>
          Math.min(RECONNECT_MS.most, RECONNECT_MS.least * 2 ** Math.min(retries, 10)) *
          (0.5 + Math.random() / 2),
      },
    };
    const commands = createClient(options) as Client;
    const subscriber = createClient(options) as Client;
    this.commands = commands;
    this.subscriber = subscriber;
    this.toBuffers = commands.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }) as never;
    for (const client of [commands, subscriber]) {
      client.on("error", (error: unknown) => this.complain(error));
      client.on("ready", back);
    }
    subscriber.once("ready", () => {
      // From here on the client subscribes again by itself whenever it comes back.
      subscriber
        .subscribe(channel, (message) => heard(message as unknown as Buffer), true)
        .then(back)
        .catch((error: unknown) => this.complain(error));
    });
    // Rejects only when it is closed before it ever connected.
    for (const client of [commands, subscriber]) client.connect().catch(() => {});
  }

  /** Runs a Lua script. Rejects when it fails, or is not answered in time. */
  eval(script: string, keys: string[], args: Argument[]): Promise<unknown> {
    return this.command((client) => client.eval(script, { keys, arguments: args as string[] }));
  }

  /** Runs a Lua script whose strings are bytes. */
  evalToBuffers(script: string, keys: string[], args: Argument[]): Promise<unknown> {
    return within(
      COMMAND_MS,
      this.toBuffers ? this.toBuffers.eval(script, { keys, arguments: args as string[] }) : notOpen(),
    );
  }

  /** Runs a command made of these words. */
  send(words: string[]): Promise<unknown> {
    return this.command((client) => client.sendCommand(words));
  }

  /** Publishes, if that can be done now; whoever misses it hears of it by the next heartbeat. */
  publish(channel: string, message: Argument): void {
    this.command((client) => client.publish(channel, message as string)).catch(() => {});
  }

  /** The connections as Socket.IO's adapter wants them: it does not look at what becomes of its commands. */
  forAdapter(): { publisher: object; subscriber: object } {
    const { commands, subscriber } = this;
    const quiet =
      <A extends unknown[]>(run: (...args: A) => Promise<unknown>) =>
      (...args: A) =>
        run(...args).catch((error: unknown) => this.log.debug("Socket.IO's adapter", logError(error)));
    if (!commands || !subscriber) throw new Error("The link to Redis is not open.");
    const ready = new Promise<void>((resolve) => subscriber.once("ready", () => resolve()));
    const nothing = () => {};
    return {
      publisher: {
        publish: quiet(commands.publish.bind(commands)),
        pSubscribe: nothing,
        on: nothing,
        off: nothing,
      },
      subscriber: {
        pSubscribe: quiet((...args: Parameters<Client["pSubscribe"]>) =>
          ready.then(() => subscriber.pSubscribe(...args)),
        ),
        subscribe: quiet((...args: Parameters<Client["subscribe"]>) =>
          ready.then(() => subscriber.subscribe(...args)),
        ),
        pUnsubscribe: quiet(subscriber.pUnsubscribe.bind(subscriber)),
        unsubscribe: quiet(subscriber.unsubscribe.bind(subscriber)),
        on: nothing,
        off: nothing,
      },
    };
  }

  /** Ends both connections. */
  close(): void {
    for (const client of [this.commands, this.subscriber]) if (client?.isOpen) client.destroy();
  }

  private command<T>(run: (client: Client) => Promise<T>): Promise<T> {
    return within(COMMAND_MS, this.commands ? run(this.commands) : notOpen());
  }

  /** A Redis that is away says so many times a second: each reason is logged once. */
  private complain(error: unknown): void {
    const { error: reason } = logError(error);
    if (reason === this.complained) return;
    this.complained = reason;
    const advice = /NOAUTH|WRONGPASS|NOPERM/.test(reason)
      ? "Redis refuses this process: check the user and password in REDIS_URL"
      : "The connection to Redis failed; it is tried again by itself";
    this.log.warn(advice, { reason });
  }
}

function notOpen(): Promise<never> {
  return Promise.reject(new Error("The link to Redis is not open."));
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
