import type { Logger } from "../logger.js";
import { RedisComplaints } from "./redis-complaints.js";
import { type Client, RedisConnection } from "./redis-connection.js";

/** A try to connect takes this long (ms) at most. */
const CONNECT_MS = 1500;
/** Between two tries to connect, in ms: short, so that all is live soon after Redis is back. */
const RECONNECT_MS = { least: 50, most: 500 };

/** What a script or command is given. */
export type Argument = string | Buffer;

/** Begins to listen to something published, on a client that is connected. */
type Subscription = (client: Client) => Promise<unknown>;

/** This process's link to Redis: a connection for commands, and one for what is published. */
export class RedisLink {
  private commands: RedisConnection | undefined;
  private subscriber: RedisConnection | undefined;
  /** What every new subscriber begins with. */
  private readonly subscriptions: Subscription[] = [];
  private readonly complaints: RedisComplaints;
  /** Has strings come as bytes. */
  private bytes: Parameters<Client["withTypeMapping"]>[0] = {};
  private subscribed = false;
  /** Whether something thrown is what Redis answered. */
  isAnswer: (error: unknown) => boolean = () => false;

  /** `verify`: a certificate that cannot be verified is refused. */
  constructor(
    private readonly url: string,
    private readonly verify: boolean,
    private readonly log: Logger,
  ) {
    this.complaints = new RedisComplaints(log);
  }

  /** Begins to connect, and to pass on what is published on a channel; `back` is called at each new beginning. */
  async open(channel: string, heard: (message: Buffer) => void, back: () => void): Promise<void> {
    // Loaded only here: without REDIS_URL nothing of it is.
    const { createClient, ErrorReply, RESP_TYPES } = await import("redis");
    this.isAnswer = (error) => error instanceof ErrorReply;
    this.bytes = { [RESP_TYPES.BLOB_STRING]: Buffer };
    const connect = () => {
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
    this.subscribe(async (client) => {
      await client.subscribe(channel, (message) => heard(message as unknown as Buffer), true);
      this.subscribed = true;
      back();
    });
    const isAnswer = (error: unknown) => this.isAnswer(error);
    this.commands = new RedisConnection(connect, isAnswer, this.log);
    this.subscriber = new RedisConnection(() => this.subscribing(connect()), isAnswer, this.log);
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

  /** Publishes, if that can be done now. */
  publish(channel: string, message: Argument): void {
    this.command((client) => client.publish(channel, message as string)).catch(() => {});
  }

  /** Listens, now and at each new beginning. */
  subscribe(subscription: Subscription): void {
    this.subscriptions.push(subscription);
    const client = this.subscriber?.ready;
    if (client) this.begin(subscription, client);
  }

  /** Looks whether the connections still answer; done with each heartbeat, which is itself a question to the one. */
  check(): void {
    this.commands?.check();
    this.subscriber?.check();
    if (this.subscriber?.ready) this.subscriber.run((client) => client.ping()).catch(() => {});
  }

  /** Says what Redis refuses: each reason once, until it is over. */
  complain(error: unknown): void {
    this.complaints.say(error, this.isAnswer(error));
  }

  /** What was complained of is over. */
  recovered(): void {
    this.complaints.over();
  }

  /** Ends both connections. */
  close(): void {
    this.commands?.close();
    this.subscriber?.close();
  }

  private subscribing(client: Client): Client {
    // From then on it subscribes again by itself whenever it comes back.
    client.once("ready", () => {
      for (const subscription of this.subscriptions) this.begin(subscription, client);
    });
    return client;
  }

  private begin(subscription: Subscription, client: Client): void {
    subscription(client).catch((error: unknown) => this.complain(error));
  }

  private command<T>(run: (client: Client) => Promise<T>): Promise<T> {
    return this.commands?.run(run) ?? Promise.reject(new Error("The link to Redis is not open."));
  }
}
