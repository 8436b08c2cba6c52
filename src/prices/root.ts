/** Halvings after which two numbers have nothing between them, whatever the interval; some 60 are usual. */
const MOST_HALVINGS = 200;

/**
 * Where a falling function passes 0 between `low` and `high`, to the last figure, by bisection. Undefined where it does
 * not converge: where the function does not pass 0 there, or is no number somewhere on the way.
 */
export function fallsToZero(value: (at: number) => number, low: number, high: number): number | undefined {
  if (!(value(low) >= 0 && value(high) <= 0)) return undefined;
  let [above, below] = [low, high];
  for (let halving = 0; halving < MOST_HALVINGS; halving++) {
    const middle = above + (below - above) / 2;
    if (middle === above || middle === below) return middle;
    const here = value(middle);
    if (Number.isNaN(here)) return undefined;
    if (here > 0) above = middle;
    else below = middle;
  }
  return undefined;
}
