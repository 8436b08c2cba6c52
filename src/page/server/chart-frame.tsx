import type { ComponentChildren } from "preact";
import { roundTicks } from "./axis.js";
import { shortCount } from "./server-words.js";
import { useWidth } from "./use-width.js";

/** Where a chart's marks go, in CSS pixels. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Where the words beneath the time axis stand. */
  readonly words: number;
  /** How high a number of credits is. */
  readonly y: (credits: number) => number;
}

interface ChartFrameProps {
  readonly id: string;
  readonly caption: string;
  /** All that it shows. */
  readonly inWords: string;
  /** The highest number of credits in it. */
  readonly most: number;
  /** The room to the right of the marks, in CSS pixels. */
  readonly right: number;
  readonly marks: (plot: Plot) => ComponentChildren;
  readonly children?: ComponentChildren;
}

/** In CSS pixels. */
const HEIGHT = 220;
const LEFT = 44;
const TOP = 22;
const BELOW = 26;

/** A chart of credits over time, drawn anew for each width, as scaled text is not to be read; and what is told beneath it. */
export function ChartFrame({ id, caption, inWords, most, right, marks, children }: ChartFrameProps) {
  const [frame, width] = useWidth<HTMLElement>();
  const rows = roundTicks(most, 4);
  const bottom = HEIGHT - BELOW;
  const plot: Plot = {
    left: LEFT,
    right: width - right,
    top: TOP,
    bottom,
    words: HEIGHT - 6,
    y: (credits) => bottom - ((bottom - TOP) * credits) / (rows.at(-1) ?? 1),
  };
  return (
    <figure class="chart" ref={frame}>
      <figcaption>{caption}</figcaption>
      {width > 0 && (
        <svg
          width={width}
          height={HEIGHT}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          role="img"
          aria-labelledby={`${id}-title`}
          aria-describedby={`${id}-words`}
        >
          <title id={`${id}-title`}>{caption}</title>
          <desc id={`${id}-words`}>{inWords}</desc>
          {rows.map((credits) => (
            <g key={credits}>
              <line class="grid" x1={plot.left} x2={plot.right} y1={plot.y(credits)} y2={plot.y(credits)} />
              <text class="row-label" x={plot.left - 6} y={plot.y(credits)}>
                {shortCount(credits)}
              </text>
            </g>
          ))}
          {marks(plot)}
        </svg>
      )}
      {children}
    </figure>
  );
}
