import { ALL, type Zoom } from "./zoom.js";

const HOUR_MS = 60 * 60_000;

interface ZoomButtonsProps {
  readonly zoom: Zoom;
  readonly zoomBy: (factor: number) => void;
  readonly choose: (zoom: Zoom) => void;
  readonly start: number;
  readonly now: number;
}

/** What part of the time the chart shows, by buttons. */
export function ZoomButtons({ zoom, zoomBy, choose, start, now }: ZoomButtonsProps) {
  const hour: Zoom = { last: HOUR_MS };
  const sinceStart: Zoom = { from: start, to: null };
  const isChosen = (one: Zoom) => JSON.stringify(one) === JSON.stringify(zoom);
  return (
    <fieldset class="zoom">
      <legend class="visually-hidden">Time that is shown</legend>
      <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoomBy(0.5)}>
        +
      </button>
      <button type="button" aria-label="Zoom out" title="Zoom out (−)" onClick={() => zoomBy(2)}>
        −
      </button>
      <button type="button" aria-pressed={isChosen(ALL)} onClick={() => choose(ALL)}>
        All
      </button>
      <button type="button" aria-pressed={isChosen(hour)} onClick={() => choose(hour)}>
        Last hour
      </button>
      <button
        type="button"
        aria-pressed={isChosen(sinceStart)}
        disabled={!(start < now)}
        onClick={() => choose(sinceStart)}
      >
        Since start
      </button>
    </fieldset>
  );
}
