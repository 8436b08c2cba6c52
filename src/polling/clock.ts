/** A step of the wall clock differs from its grain by more than this, in ms. */
const GRAIN_MS = 2;

/**
 * The wall clock, for what people and other machines read (ms since the epoch), and a steady one, for what is waited
 * for (ms): a step of the wall clock neither prolongs nor ends a wait.
 */
export class Clock {
  private offset: number;

  constructor(
    readonly now: () => number = Date.now,
    readonly steady: () => number = () => performance.now(),
  ) {
    this.offset = now() - steady();
  }

  /** When on the steady clock the wall clock, as it goes now, says `at`. */
  steadyOf(at: number): number {
    return at - this.difference();
  }

  /** What the wall clock, as it goes now, says at a moment of the steady clock. */
  wallOf(steady: number): number {
    return steady + this.difference();
  }

  /** Moves only when the wall clock was put, so that the grain of the clocks shifts no turn. */
  private difference(): number {
    const before = this.steady();
    const wall = this.now();
    const offset = wall - before;
    // A process that was held up between the two looks would see a step where there is none.
    const sure = this.steady() - before < GRAIN_MS / 2;
    if (sure && Math.abs(offset - this.offset) >= GRAIN_MS) this.offset = offset;
    return this.offset;
  }
}
