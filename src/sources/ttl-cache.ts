import { Clock } from "../polling/clock.js";

/** Two ticks' planned times differ from the tick by the grain and the slewing of the wall clock: less than this, in ms. */
const CLOCK_GRAIN_MS = 5;

/** Keeps what was loaded for a time, and loads each key once at a time. What fails to load is not kept. */
export class TtlCache<V> {
  /** `from` is on the steady clock. */
  private readonly kept = new Map<string, { readonly value: V; readonly from: number }>();
  private readonly loading = new Map<string, Promise<V>>();

  constructor(
    private readonly ttlMs: number,
    private readonly clock = new Clock(),
  ) {}

  /** The value of a key that was due less than `withinMs` before `at`; never loads. */
  peek(key: string, at: number, withinMs: number): V | undefined {
    const kept = this.kept.get(key);
    return kept && this.clock.steadyOf(at) - kept.from < withinMs ? kept.value : undefined;
  }

  /**
   * The value of a key, loaded unless one is kept that was due less than the TTL before `at` (ms since the epoch).
   * Time is counted from the moment a load was due, not from its answer: with a TTL of one tick, every tick loads.
   * `ttlMs`: where not the usual one, in ms.
   */
  get(key: string, at: number, load: () => Promise<V>, ttlMs = this.ttlMs): Promise<V> {
    const from = this.clock.steadyOf(at);
    const kept = this.kept.get(key);
    if (kept && from - kept.from < ttlMs - CLOCK_GRAIN_MS) return Promise.resolve(kept.value);
    const running = this.loading.get(key);
    if (running) return running;
    const loaded = load()
      .then((value) => {
        this.kept.set(key, { value, from });
        return value;
      })
      .finally(() => this.loading.delete(key));
    this.loading.set(key, loaded);
    return loaded;
  }
}
