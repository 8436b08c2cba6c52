import { call, Listeners } from "./listeners.js";
import type { SportState } from "./state.js";

/** How old a sport's board is. */
export interface Age {
  /** In ms, whatever the clocks of server and client say; null before the first board. */
  readonly ageMs: number | null;
  /** Whether the prices should not be relied on. */
  readonly stale: boolean;
}

/** Between two looks at the clock, in ms. */
const EVERY_MS = 1000;

/** Those who want to see boards grow old: one clock for all of them. */
export class Ages {
  private readonly sports = new Map<string, Listeners<Age>>();
  private clock: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly current: (sport: string) => SportState | undefined) {}

  /** Calls `listener` now, each second, and with each change, until the returned function is called. */
  add(sport: string, listener: (age: Age) => void): () => void {
    const listeners = this.sports.get(sport) ?? new Listeners<Age>();
    this.sports.set(sport, listeners);
    const stop = listeners.add(listener);
    this.clock ??= setInterval(() => {
      for (const each of this.sports.keys()) this.tell(each);
    }, EVERY_MS);
    call(listener, this.of(sport));
    return () => {
      stop();
      if (listeners.size === 0 && this.sports.get(sport) === listeners) this.sports.delete(sport);
      if (this.sports.size === 0) this.stop();
    };
  }

  /** A sport's state has changed. */
  tell(sport: string): void {
    this.sports.get(sport)?.tell(this.of(sport));
  }

  /** Nobody is told any more. */
  stop(): void {
    for (const listeners of this.sports.values()) listeners.clear();
    this.sports.clear();
    clearInterval(this.clock);
    this.clock = undefined;
  }

  private of(sport: string): Age {
    const state = this.current(sport);
    return { ageMs: state?.ageMs() ?? null, stale: state?.stale ?? true };
  }
}
