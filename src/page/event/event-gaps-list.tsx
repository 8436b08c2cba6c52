import type { Gap } from "./event-courses.js";
import { fromTo, whyNot } from "./event-words.js";

/** The latest so many are told by themselves. */
const TOLD = 12;

interface EventGapsListProps {
  /** In order of time. */
  readonly gaps: readonly Gap[];
  readonly now: number;
}

/** When nobody looked, and why, in words. */
export function EventGapsList({ gaps, now }: EventGapsListProps) {
  const latest = gaps.slice(-TOLD).reverse();
  return (
    <section class="gaps" aria-labelledby="gaps">
      <h3 id="gaps">Gaps in coverage</h3>
      {gaps.length === 0 ? (
        <p class="muted">None: somebody looked all the time.</p>
      ) : (
        <ul>
          {latest.map(({ from, to, reason }) => (
            <li key={from}>
              {fromTo(from, to, now)}: {whyNot(reason)}
            </li>
          ))}
        </ul>
      )}
      {gaps.length > TOLD && (
        <p class="muted">{`${gaps.length - TOLD} earlier ones are shaded in the chart.`}</p>
      )}
    </section>
  );
}
