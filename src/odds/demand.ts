/**
 * Who wants which sport. A sport is wanted while somebody holds it, and for a linger after the last one let go, so
 * that a page reload costs nothing.
 */
export class Demand {
  private readonly holders = new Map<string, number>();
  private readonly lingering = new Map<string, number>();
  private readonly firstWanted: ((sport: string) => void)[] = [];

  constructor(
    private readonly lingerMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Calls `listener` when a sport that nobody held is wanted. */
  onFirstWanted(listener: (sport: string) => void): void {
    this.firstWanted.push(listener);
  }

  /** Holds a sport until the returned function is called; calling it again does nothing. */
  add(sport: string): () => void {
    const holders = this.holders.get(sport) ?? 0;
    this.holders.set(sport, holders + 1);
    this.lingering.delete(sport);
    if (holders === 0) for (const listener of this.firstWanted) listener(sport);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.release(sport);
    };
  }

  private release(sport: string): void {
    const left = (this.holders.get(sport) ?? 1) - 1;
    if (left > 0) {
      this.holders.set(sport, left);
      return;
    }
    this.holders.delete(sport);
    this.lingering.set(sport, this.now() + this.lingerMs);
  }

  /** The sports to read now. */
  wanted(): string[] {
    const now = this.now();
    for (const [sport, until] of this.lingering) if (until <= now) this.lingering.delete(sport);
    return [...this.holders.keys(), ...this.lingering.keys()];
  }
}
