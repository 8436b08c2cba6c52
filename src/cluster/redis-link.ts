import type { RedisClientType } from "redis";
import { logError } from "../errors.js";
import type { Logger } from "../logger.js";

/** A command that is not answered within this time (ms) has failed, whatever becomes of it. */
const COMMAND_MS = 1000;
/** A try to connect takes this long (ms) at most. */
const CONNECT_MS = 1500;
/** A connection on which nothing was answered for this long (ms), not even with an error, is replaced by a new one. */
const SILENCE_MS = 2000;
/** Between two tries to connect, in ms: short, so that all is live soon after Redis is back. */
const RECONNECT_MS = { least: 50, most: 500 };

/** What only a person can mend, and how. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /\bOOM\b/,
    "Redis is out of memory: give it more (maxmemory), and a database and server that nothing else fills",
  ],
  [/\bREADONLY\b/, "REDIS_URL leads to a replica, which takes no writes: give the primary's address"],
  [
    /\bMISCONF\b/,
    "Redis cannot save to its disk, and takes no writes: look at that disk, or set stop-writes-on-bgsave-error no",
  ],
  [/NOAUTH|WRONGPASS|NOPERM/, "Redis refuses this process: check the user and password in REDIS_URL"],
  [
    /certificate/i,
    "Redis' certificate cannot be verified: give its CA in NODE_EXTRA_CA_CERTS, or, where it is signed by itself as Heroku's is, set REDIS_TLS_VERIFY=false",
  ],
];

/** What a script or command is given. */
export type Argument = string | Buffer;

/** The part of a Redis client that the Socket.IO adapter uses. */
type Client = RedisClientType;

type Listener = (message: Buffer, channel: Buffer) => void;

/** One of the connections, and when it last answered, in ms on the monotonic clock. */
interface Line {
  client: Client;
  answeredAt: number;
}

/** Two connections to Redis, for commands and for what is published; each comes back by itself. */
export class RedisLink {
  private connect: (() => Client) | undefined;
  private commands: Line | undefined;
  private subscriber: Line | undefined;
  /** What every new subscriber begins with. */
  private readonly subscriptions: ((client: Client) => Promise<unknown>)[] = [];
  private bytes: Parameters<Client["withTypeMapping"]>[0] = {};
  /** Whether something thrown is what Redis answered. */
  isAnswer: (error: unknown) => boolean = () => false;
  private complained = "";
  private subscribed = false;

  constructor(
    private readonly url: string,
    private readonly verify: boolean,
    private readonly log: Logger,
  ) {}

  /** Begins to connect, and to pass on what is published on a channel; `back` is called at each new beginning. */
  async open(channel: string, heard: (message: Buffer) => void, back: () => void): Promise<void> {
    // Loaded only here: without REDIS_URL nothing of it is.
    const { createClient, ErrorReply, RESP_TYPES } = await import("redis");
    this.isAnswer = (error) => error instanceof ErrorReply;
    this.bytes = { [RESP_TYPES.BLOB_STRING]: Buffer };
    this.connect = () => {
      const client = createClient({
        url: this.url,
        // What is not sent is refused at once: nothing piles up while Redis is away.
        disableOfflineQueue: true,
        socket: {
          connectTimeout: CONNECT_MS,
          ...(this.url.startsWith("rediss:")
            ? { tls: true as const, rejectUnauthorized: this.verify }
            : { tls: false as const }),
          reconnectStrategy: (retries: number) =>
            Math.min(RECONNECT_MS.most, RECONNECT_MS.least * 2 ** Math.min(retries, 10)) *
            (0.5 + Math.random() / 2),
        },
      }) as Client;
      client.on("error", (error: unknown) => this.complain(error));
      client.on("ready", back);
      // Rejects only when it is closed before it ever connected.
      client.connect().catch(() => {});
      return client;
    };
    this.subscriptions.push((client) =>
      client
        .subscribe(channel, (message) => heard(message as unknown as Buffer), true)
        .then(() => {
          this.subscribed = true;
          back();
        }),
    );
    this.commands = lineOf(this.connect());
    this.subscriber = lineOf(this.subscribing(this.connect()));
  }

  /** Whether what is published has been listened to yet. */
  get listens(): boolean {
    return this.subscribed;
  }

  /** Runs a Lua script. Rejects when it fails, or is not answered in time. */
  eval(script: string, keys: string[], args: Argument[]): Promise<unknown> {
    return this.command((client) => client.eval(script, { keys, arguments: args as string[] }));
  }

  /** Runs a Lua script whose strings are bytes. */
  evalToBuffers(script: string, keys: string[], args: Argument[]): Promise<unknown> {
    return this.command((client) =>
      client.withTypeMapping(this.bytes).eval(script, { keys, arguments: args as string[] }),
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

  /**
   * Looks whether the connections still answer; done with each heartbeat. One that stands and is silent (its other end
   * is gone, or a network between them) would be noticed by TCP after minutes.
   */
  check(): void {
    for (const line of [this.commands, this.subscriber]) {
      if (!line) continue;
      if (performance.now() - line.answeredAt > SILENCE_MS) this.replace(line);
      else if (line === this.subscriber && line.client.isReady) {
        this.answered(line, line.client.ping()).catch(() => {});
      }
    }
  }

  /**
   * The connections as Socket.IO's adapter wants them. Not the clients themselves: it does not look at what becomes of
   * its commands, which would end the process, and would go on with a client that was replaced.
   */
  forAdapter(): { publisher: object; subscriber: object } {
    const nothing = () => {};
    const subscribe = (begin: (client: Client) => Promise<unknown>) => {
      this.subscriptions.push(begin);
      const client = this.subscriber?.client;
      if (client?.isReady) begin(client).catch((error: unknown) => this.complain(error));
    };
    return {
      publisher: {
        publish: (channel: string, message: Argument) => this.publish(channel, message),
        // By these two it knows a client of this package, and asks how many servers there are.
        pSubscribe: nothing,
        sSubscribe: nothing,
        sendCommand: (words: string[]) => this.send(words),
        on: nothing,
        off: nothing,
      },
      subscriber: {
        pSubscribe: (pattern: string, heard: Listener) =>
          subscribe((client) => client.pSubscribe(pattern, heard as never, true)),
        subscribe: (channels: string[], heard: Listener) =>
          subscribe((client) => client.subscribe(channels, heard as never, true)),
        // They end with the connection.
        pUnsubscribe: nothing,
        unsubscribe: nothing,
        on: nothing,
        off: nothing,
      },
    };
  }

  /** Ends both connections. */
  close(): void {
    for (const line of [this.commands, this.subscriber]) if (line?.client.isOpen) line.client.destroy();
  }

  private subscribing(client: Client): Client {
    // From then on it subscribes again by itself whenever it comes back.
    client.once("ready", () => {
      for (const begin of this.subscriptions) {
        begin(client).catch((error: unknown) => this.complain(error));
      }
    });
    return client;
  }

  private replace(line: Line): void {
    if (!this.connect) return;
    this.log.warn("A connection to Redis is silent: it is replaced by a new one");
    line.client.destroy();
    watch(line, line === this.subscriber ? this.subscribing(this.connect()) : this.connect());
  }

  private command<T>(run: (client: Client) => Promise<T>): Promise<T> {
    const line = this.commands;
    return line
      ? this.answered(line, run(line.client))
      : Promise.reject(new Error("The link to Redis is not open."));
  }

  /** Waits for an answer as long as one may take. Also an error is an answer, if it is Redis' own. */
  private async answered<T>(line: Line, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`Redis did not answer within ${COMMAND_MS} ms.`)),
        COMMAND_MS,
      );
    });
    try {
      const answer = await Promise.race([work, limit]);
      line.answeredAt = performance.now();
      return answer;
    } catch (error) {
      if (this.isAnswer(error)) line.answeredAt = performance.now();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Says what Redis says when it refuses what nothing goes on without: each reason once, until it is over. */
  complain(error: unknown): void {
    const { error: reason } = logError(error);
    if (reason === this.complained) return;
    this.complained = reason;
    const known = ADVICE.find(([symptom]) => symptom.test(reason));
    if (known) this.log.error(known[1], { reason });
    else if (this.isAnswer(error)) this.log.error("Redis answers with an error", { reason });
    else this.log.warn("The connection to Redis failed; it is tried again by itself", { reason });
  }

  /** What was complained of is over: if it comes again, that is news. */
  recovered(): void {
    this.complained = "";
  }
}

function lineOf(client: Client): Line {
  return watch({ client, answeredAt: 0 }, client);
}

/** Goes on with this connection. Its refusals are answers: it is only silence that nobody wakes it from. */
function watch(line: Line, client: Client): Line {
  const heard = () => {
    line.answeredAt = performance.now();
  };
  heard();
  line.client = client;
  for (const event of ["ready", "error", "reconnecting"]) client.on(event, heard);
  return line;
}
