import { Swatch } from "./event-figures.js";

interface ChartKeyProps {
  /** Whose price is the best one now, as it is called. */
  readonly best: string | undefined;
  readonly hasGaps: boolean;
  readonly hasClose: boolean;
  readonly hasLines: boolean;
}

/** What the signs of the chart mean, and how it is used. */
export function ChartKey({ best, hasGaps, hasClose, hasLines }: ChartKeyProps) {
  return (
    <div class="chart-key">
      <ul>
        {best !== undefined && (
          <li>
            <Swatch look="best" /> best now: {best}
          </li>
        )}
        <li>
          <Swatch look="muted" /> others
        </li>
        <li>
          <span aria-hidden="true">○</span> opening
        </li>
        {hasClose && (
          <li>
            <span aria-hidden="true">■</span> close
          </li>
        )}
        {hasLines && (
          <li>
            <span aria-hidden="true">◆</span> another line
          </li>
        )}
        {hasGaps && (
          <li>
            <span class="gap-sign" aria-hidden="true" /> nobody looked
          </li>
        )}
      </ul>
      <p id="chart-keys" class="muted">
        <span class="by-mouse">
          Drag to zoom, double-click for all, click a line to pin it. Keys: ← → from change to change, + −
          zoom, 0 all.
        </span>
        <span class="by-touch">Touch a moment to read it, and a line to pin it.</span>
      </p>
    </div>
  );
}
