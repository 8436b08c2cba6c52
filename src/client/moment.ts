/** A moment, on both of a device's clocks. */
export class Moment {
  private readonly steady = performance.now();
  private readonly wall = Date.now();

  /**
   * How long ago it was, in ms: the steady clock may stand still while a laptop sleeps, and the wall clock may be put
   * back, so the larger of both differences.
   */
  get ageMs(): number {
    return Math.max(performance.now() - this.steady, Date.now() - this.wall);
  }
}
