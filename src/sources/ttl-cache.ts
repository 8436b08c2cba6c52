/** Two ticks' planned times differ from the tick by the grain and the slewing of the wall clock: less than this, in ms. */
const CLOCK_GRAIN_MS = 5;

/** Keeps what was loaded for a time, and loads each key once at a time. What fails to load is not kept. */
export class TtlCache<V> {
  private readonly kept = new Map<string, { readonly value: V; readonly from: number }>();
  private readonly loading = new Map<string, Promise<V>>();

  constructor(private readonly ttlMs: number) {}

  /**
   * The value of a key, loaded unless one is kept that was due less than the TTL before `at` (ms since the epoch).
   * Time is counted from the moment a load was due, not from its answer: with a TTL of one tick, every tick loads.
   */
  get(key: string, at: number, load: () => Promise<V>): Promise<V> {
    const kept = this.kept.get(key);
    const age = kept ? at - kept.from : this.ttlMs;
    // A wall clock that was put back makes an entry of the future: as old as any.
    if (kept && Math.abs(age) < this.ttlMs - CLOCK_GRAIN_MS) return Promise.resolve(kept.value);
    const running = this.loading.get(key);
    if (running) return running;
    const loaded = load()
      .then((value) => {
        this.kept.set(key, { value, from: at });
        return value;
      })
      .finally(() => this.loading.delete(key));
    this.loading.set(key, loaded);
    return loaded;
  }
}
