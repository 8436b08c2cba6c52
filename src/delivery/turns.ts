/** What may wait does no more in one turn of the event loop than fits into this time (ms), but for the last of it. */
export const TURN_MS = 10;

/** Work that anybody may cause and that may wait: it is spread over turns of the event loop, first come, first served. */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  /** When this turn began to be used (ms on the steady clock); undefined in one that was not. */
  private began: number | undefined;

  /** Does this now where the turn has room for it, else in a later one. Nothing that it does may throw. */
  take(work: () => void): void {
    if (this.waiting.length === 0 && this.hasRoom()) work();
    else this.waiting.push(work);
  }

  /** Resolves when there is room. */
  next(): Promise<void> {
    return new Promise((resolve) => this.take(resolve));
  }

  private hasRoom(): boolean {
    const now = performance.now();
    if (this.began === undefined) {
      this.began = now;
      setImmediate(() => this.turn());
    }
    return now - this.began < TURN_MS;
  }

  private turn(): void {
    this.began = undefined;
    while (this.waiting.length > 0 && this.hasRoom()) this.waiting.shift()?.();
  }
}
