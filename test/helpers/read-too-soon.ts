/** Moments (ms) of reads that somebody else made than whoever reads each tick: too soon behind one that was not late itself. */
export function tooSoon(times: readonly number[], tickMs: number): number[] {
  return times.filter((at, i) => {
    const [before = Number.NEGATIVE_INFINITY, last = Number.NEGATIVE_INFINITY] = [times[i - 2], times[i - 1]];
    return at - last < 0.8 * tickMs && at - before < 1.8 * tickMs;
  });
}
