/** Near enough to 0, for sums of chances: what floating point leaves of them. */
const NOUGHT = 1e-14;
/** False position takes some 8 steps; what takes more of them is halved to its end, which takes some 60. */
const FALSE_POSITIONS = 30;
const MOST_STEPS = 300;

/**
 * Where a falling function passes 0 between `low` and `high`: by false position (the Illinois algorithm: M. Dowell and
 * P. Jarratt, "A modified regula falsi method", BIT 11, 1971), then by halving. Undefined where it does not converge:
 * where the function does not pass 0 there, or is no number somewhere on the way.
 */
export function fallsToZero(value: (at: number) => number, low: number, high: number): number | undefined {
  let [above, below] = [low, high];
  let [over, under] = [value(low), value(high)];
  if (!(over >= 0 && under <= 0)) return undefined;
  if (over <= NOUGHT) return above;
  if (under >= -NOUGHT) return below;
  let last = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    const half = above + (below - above) / 2;
    if (half === above || half === below) return half;
    const at = step < FALSE_POSITIONS ? above + ((below - above) * over) / (over - under) : half;
    const here = value(at);
    if (Math.abs(here) <= NOUGHT) return at;
    if (here > 0) {
      [above, over] = [at, here];
      // The same end twice: the other end's value counts half, or that end would never move.
      if (last > 0) under /= 2;
    } else if (here < 0) {
      [below, under] = [at, here];
      if (last < 0) over /= 2;
    } else return undefined;
    last = here;
  }
  return undefined;
}
