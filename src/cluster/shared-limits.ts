import { type ClientRateLimitInfo, MemoryStore, type Options, type Store } from "express-rate-limit";
import type { RedisStore } from "rate-limit-redis";

/** Rate limits counted in Redis for all processes together; while Redis is away, each process counts its own. */
export class SharedLimits implements Store {
  private readonly own = new MemoryStore();
  private shared: RedisStore | undefined;
  private opening: Promise<void> | undefined;
  private options: Options | undefined;

  /** `send` runs a Redis command made of words; keys begin with `prefix`. */
  constructor(
    private readonly send: (words: string[]) => Promise<unknown>,
    private readonly prefixOfKeys: string,
  ) {}

  init(options: Options): void {
    this.options = options;
    this.own.init(options);
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    return (await this.inRedis((store) => store.increment(key))) ?? this.own.increment(key);
  }

  async decrement(key: string): Promise<void> {
    const done = await this.inRedis(async (store) => {
      await store.decrement(key);
      return true;
    });
    if (!done) await this.own.decrement(key);
  }

  async resetKey(key: string): Promise<void> {
    await this.own.resetKey(key);
    await this.inRedis((store) => store.resetKey(key));
  }

  /** Undefined when Redis did not do it. */
  private async inRedis<T>(work: (store: RedisStore) => Promise<T>): Promise<T | undefined> {
    try {
      if (!this.shared) {
        this.opening ??= this.open().finally(() => {
          this.opening = undefined;
        });
        await this.opening;
      }
      return this.shared && (await work(this.shared));
    } catch {
      // The store keeps the failure of its first command for ever: a new one is made next time.
      this.shared = undefined;
      return undefined;
    }
  }

  private async open(): Promise<void> {
    const { RedisStore: Shared } = await import("rate-limit-redis");
    const store = new Shared({
      prefix: this.prefixOfKeys,
      sendCommand: (...words: string[]) => this.send(words) as Promise<string>,
    });
    if (this.options) await store.init(this.options);
    this.shared = store;
  }
}
