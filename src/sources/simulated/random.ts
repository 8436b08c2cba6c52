/** One seeded stream of chance (mulberry32): the same seed gives the same numbers for ever. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** A number in [0, 1). */
  roll(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.roll();
  }

  chance(probability: number): boolean {
    return this.roll() < probability;
  }

  /** A standard normal number. */
  gauss(): number {
    return Math.sqrt(-2 * Math.log(1 - this.roll())) * Math.cos(2 * Math.PI * this.roll());
  }

  /** How often a thing happened that happens `mean` times on average. */
  count(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.gauss()));
    const limit = Math.exp(-mean);
    let times = 0;
    for (let left = this.roll(); left > limit; left *= this.roll()) times++;
    return times;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.roll() * list.length)];
    if (picked === undefined) throw new RangeError("Nothing to pick from.");
    return picked;
  }

  hex(length: number): string {
    let text = "";
    while (text.length < length) text += Math.floor(this.roll() * 16).toString(16);
    return text;
  }
}

/** A seed for one part of the simulation, so that reading one sport does not stir another. */
export function seedFor(seed: number, part: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < part.length; i++) hash = Math.imul(hash ^ part.charCodeAt(i), 0x01000193);
  return hash;
}

/** The chance that a standard normal number is below `z` (a logistic fit, off by less than 0.0002). */
export function normalBelow(z: number): number {
  return 1 / (1 + Math.exp(-(1.5976 * z + 0.07056 * z * z * z)));
}
