/** Somebody who was not named: one client like any other. */
const SOMEBODY = "somebody";

/** A client's claim on a sport: how many holds it has (0: let go, but not settled), and since when (ms). */
interface Claim {
  holds: number;
  since: number;
}

/**
 * Who wants which sport. A sport is wanted while somebody holds it, and for a linger after the last one let go, so
 * that a page reload costs nothing. Each client has a weight of one, shared among the sports it claims that are not free; a
 * claim outlives its hold until it is settled, so that asking for one sport after the other gains nothing, and where
 * it led to no read, for the linger.
 */
export class Demand {
  /** By sport and client. */
  private readonly claims = new Map<string, Map<string, Claim>>();
  private readonly lingering = new Map<string, number>();
  /** Since when each sport that is wanted is so, without a pause. */
  private readonly since = new Map<string, number>();
  /** What other processes want: weights by sport, by process. */
  private readonly elsewhere = new Map<string, ReadonlyMap<string, number>>();
  private readonly firstWanted: ((sport: string) => void)[] = [];
  private forHistory: readonly string[] = [];

  constructor(
    private readonly lingerMs: number,
    private readonly now: () => number = () => performance.now(),
    private readonly isFree: (sport: string) => boolean = () => false,
  ) {}

  /** Calls `listener` when a sport that nobody held is wanted. */
  onFirstWanted(listener: (sport: string) => void): void {
    this.firstWanted.push(listener);
  }

  /** Holds a sport for a client until the returned function is called; calling it again does nothing. */
  add(sport: string, client: string = SOMEBODY): () => void {
    const first = !this.isHeld(sport) && !this.isWantedElsewhere(sport);
    this.begin(sport);
    this.claim(sport, client, 1);
    this.lingering.delete(sport);
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      this.claim(sport, client, -1);
      if (!this.isHeld(sport)) this.lingering.set(sport, this.now() + this.lingerMs);
    };
    try {
      if (first) for (const listener of this.firstWanted) listener(sport);
    } catch (thrown) {
      // Nobody else could: it would be read, and paid for, as long as the process lives.
      release();
      throw thrown;
    }
    return release;
  }

  /** Claims a sport for a client that asks once and leaves. */
  ask(sport: string, client: string = SOMEBODY): void {
    this.claim(sport, client, 0);
  }

  /** From here on these sports are read for the history though nobody wants them, after all that somebody does. */
  keep(sports: readonly string[]): void {
    this.forHistory = sports;
  }

  /** The sports that are read for the history, wanted or not. */
  get kept(): readonly string[] {
    return this.forHistory;
  }

  /** Takes down what another process's clients want: weights by sport. Empty when it wants nothing, or is gone. */
  hear(process: string, weights: ReadonlyMap<string, number>): void {
    const first = [...weights.keys()].filter(
      (sport) => !this.isHeld(sport) && !this.isWantedElsewhere(sport),
    );
    for (const sport of first) this.begin(sport);
    if (weights.size > 0) this.elsewhere.set(process, weights);
    else this.elsewhere.delete(process);
    for (const sport of first) for (const listener of this.firstWanted) listener(sport);
  }

  /** The sports to read now. */
  wanted(): string[] {
    return [
      ...new Set([...this.wantedHere(), ...[...this.elsewhere.values()].flatMap((one) => [...one.keys()])]),
    ];
  }

  /** The sports that this process's own clients want. */
  wantedHere(): string[] {
    const now = this.now();
    for (const [sport, until] of this.lingering) if (until <= now) this.lingering.delete(sport);
    for (const sport of this.since.keys()) if (!this.isWanted(sport)) this.since.delete(sport);
    return [
      ...new Set([
        ...[...this.claims.keys()].filter((sport) => this.isHeld(sport)),
        ...this.lingering.keys(),
      ]),
    ];
  }

  /** Since when a sport is wanted without a pause, here or elsewhere, in ms by this demand's clock; undefined while it is not. */
  wantedSince(sport: string): number | undefined {
    return this.isWanted(sport) ? this.since.get(sport) : undefined;
  }

  /** The weight of each claimed sport, wanted now or not. */
  weights(): Map<string, number> {
    const all = this.weightsHere();
    for (const weights of this.elsewhere.values()) {
      for (const [sport, more] of weights) all.set(sport, (all.get(sport) ?? 0) + more);
    }
    return all;
  }

  /** The weight that this process's own clients give each sport. */
  weightsHere(): Map<string, number> {
    const shares = new Map<string, number>();
    for (const [sport, claims] of this.claims) {
      if (this.isFree(sport)) continue;
      for (const client of claims.keys()) shares.set(client, (shares.get(client) ?? 0) + 1);
    }
    return new Map(
      [...this.claims].map(([sport, claims]) => {
        let weight = 0;
        for (const client of claims.keys()) weight += 1 / (shares.get(client) ?? 1);
        return [sport, weight];
      }),
    );
  }

  /** Forgets the claims on a sport of those who let go at least `ageMs` ago. */
  settle(sport: string, ageMs = 0): void {
    const claims = this.claims.get(sport);
    if (!claims) return;
    const latest = this.now() - ageMs;
    for (const [client, { holds, since }] of claims)
      if (holds === 0 && since <= latest) claims.delete(client);
    if (claims.size === 0) this.claims.delete(sport);
  }

  /** Forgets the claims on a sport that is not read of those who let go longer than the linger ago. */
  expire(sport: string): void {
    this.settle(sport, this.lingerMs);
  }

  private claim(sport: string, client: string, change: number): void {
    const claims = this.claims.get(sport) ?? new Map<string, Claim>();
    this.claims.set(sport, claims);
    const claim = claims.get(client) ?? { holds: 0, since: 0 };
    claim.holds += change;
    claim.since = this.now();
    claims.set(client, claim);
  }

  /** From here on a sport is wanted, unless it was before. */
  private begin(sport: string): void {
    if (!this.isWanted(sport)) this.since.set(sport, this.now());
  }

  private isWanted(sport: string): boolean {
    const lingersUntil = this.lingering.get(sport) ?? Number.NEGATIVE_INFINITY;
    return lingersUntil > this.now() || this.isHeld(sport) || this.isWantedElsewhere(sport);
  }

  private isWantedElsewhere(sport: string): boolean {
    for (const weights of this.elsewhere.values()) if (weights.has(sport)) return true;
    return false;
  }

  private isHeld(sport: string): boolean {
    for (const { holds } of this.claims.get(sport)?.values() ?? []) if (holds > 0) return true;
    return false;
  }
}
