import type { RedisClientType } from "redis";
import type { Logger } from "../logger.js";

/** A command that is not answered within this time (ms) has failed, whatever becomes of it. */
const COMMAND_MS = 1000;
/** A connection on which nothing was answered for this long (ms), not even with an error, is replaced by a new one. */
const SILENCE_MS = 2000;

/** A client of the package `redis`. */
export type Client = RedisClientType;

/** One connection to Redis. It comes back by itself (the client sees to that), and is replaced where it is silent. */
export class RedisConnection {
  private client: Client;
  /** When it last answered, in ms on the monotonic clock. */
  private answeredAt = 0;
  /** Whether its silence was told of, and nothing was answered since. */
  private isTold = false;

  /** `connect` makes a client that begins to connect; `isAnswer` knows what Redis itself says. */
  constructor(
    private readonly connect: () => Client,
    private readonly isAnswer: (error: unknown) => boolean,
    private readonly log: Logger,
  ) {
    this.client = this.begin();
  }

  /** Its client, while that is connected. */
  get ready(): Client | undefined {
    return this.client.isReady ? this.client : undefined;
  }

  /** Waits for an answer as long as one may take. Also an error is an answer, if it is Redis' own. */
  async run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`Redis did not answer within ${COMMAND_MS} ms.`)),
        COMMAND_MS,
      );
    });
    try {
      const answer = await Promise.race([work(this.client), limit]);
      this.answered();
      return answer;
    } catch (error) {
      if (this.isAnswer(error)) this.answered();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Replaces it where it stands and is silent: its other end is gone, or a network between them. TCP would notice after
   * minutes.
   */
  check(): void {
    if (performance.now() - this.answeredAt <= SILENCE_MS) return;
    this.log[this.isTold ? "debug" : "warn"]("A connection to Redis is silent: it is replaced by a new one");
    this.isTold = true;
    this.client.destroy();
    this.client = this.begin();
  }

  /** Ends it. */
  close(): void {
    if (this.client.isOpen) this.client.destroy();
  }

  private answered(): void {
    this.answeredAt = performance.now();
    this.isTold = false;
  }

  private begin(): Client {
    const heard = () => {
      this.answeredAt = performance.now();
    };
    heard();
    const client = this.connect();
    // Refusals are answers: it is only silence that nobody wakes it from.
    for (const event of ["ready", "error", "reconnecting"]) client.on(event, heard);
    return client;
  }
}
