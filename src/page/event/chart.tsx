import { useEffect, useRef } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import "./chart.css";
import type { Frame } from "./event-frame.js";
import { Plot, type PlotHandlers } from "./plot.js";
import type { Span } from "./zoom.js";

interface ChartProps {
  readonly frame: Frame;
  readonly handlers: PlotHandlers;
  /** All there is to go through by keys. */
  readonly all: Span;
  /** The moment that is told of. */
  readonly moment: number;
  /** What a screen reader is told of that moment; undefined while somebody does not go by keys. */
  readonly words: string | undefined;
  readonly label: string;
  readonly describedBy: string;
  readonly press: (event: KeyboardEvent) => void;
}

/**
 * The chart. To a screen reader it is a slider through time, whose value says what the prices were at a moment: so the
 * arrow keys reach it, and each step is told once.
 */
export function Chart({ frame, handlers, all, moment, words, label, describedBy, press }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const latest = useRef({ frame, handlers });
  latest.current = { frame, handlers };
  useEffect(() => {
    if (!host.current) return;
    const made = new Plot(host.current, latest.current.frame, {
      point: (ms, bookmaker) => latest.current.handlers.point(ms, bookmaker),
      zoom: (wanted) => latest.current.handlers.zoom(wanted),
      showAll: () => latest.current.handlers.showAll(),
      pin: (bookmaker) => latest.current.handlers.pin(bookmaker),
    });
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, []);
  useEffect(() => plot.current?.update(frame), [frame]);
  return (
    <div
      ref={host}
      class="plot"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-describedby={describedBy}
      aria-orientation="horizontal"
      aria-valuemin={all.from}
      aria-valuemax={all.to}
      aria-valuenow={Math.min(Math.max(moment, all.from), all.to)}
      aria-valuetext={words}
      onKeyDown={press}
    />
  );
}
