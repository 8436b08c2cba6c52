/*
 * Which part of the time is shown. Moments and lengths in ms.
 */

/** A stretch of time. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * What was chosen to be shown: a stretch, from its beginning (null: that of all) to its end (null: now), or the last
 * `last` ms, which go along with now.
 */
export type Zoom = { readonly from: number | null; readonly to: number | null } | { readonly last: number };

/** All that is known. */
export const ALL: Zoom = { from: null, to: null };

/** Nothing shorter is shown. */
const SHORTEST_MS = 10_000;

/** What a zoom shows of all there is. */
export function shownBy(zoom: Zoom, all: Span): Span {
  if ("last" in zoom) return within({ from: all.to - zoom.last, to: all.to }, all);
  return within({ from: zoom.from ?? all.from, to: zoom.to ?? all.to }, all);
}

/** The zoom that shows a stretch. One that reaches now goes along with it; one that has all is all. */
export function showing(wanted: Span, all: Span): Zoom {
  const { from, to } = within(wanted, all);
  if (to < all.to) return { from, to };
  return from <= all.from ? ALL : { last: to - from };
}

/** The zoom by a factor, below 1 for nearer, around a moment, which stays in its place; at now, now does. */
export function zoomed(shown: Span, all: Span, factor: number, around: number): Zoom {
  const isAtNow = shown.to >= all.to;
  const centre = Math.min(Math.max(around, shown.from), shown.to);
  const from = centre - (centre - shown.from) * factor;
  const to = isAtNow && factor >= 1 ? all.to : centre + (shown.to - centre) * factor;
  return showing({ from, to: Math.max(to, from + SHORTEST_MS) }, all);
}

/** The same zoom, moved as little as brings a moment into it. */
export function including(ms: number, shown: Span, all: Span): Zoom | undefined {
  if (ms >= shown.from && ms <= shown.to) return undefined;
  const margin = (shown.to - shown.from) / 10;
  const by = ms < shown.from ? ms - margin - shown.from : ms + margin - shown.to;
  return showing({ from: shown.from + by, to: shown.to + by }, all);
}

/** A stretch moved, and cut where it must be, so that it lies within all there is. */
function within({ from, to }: Span, all: Span): Span {
  const length = Math.min(Math.max(to - from, SHORTEST_MS), Math.max(all.to - all.from, SHORTEST_MS));
  const end = Math.min(Math.max(to, all.from + length), all.to);
  return { from: end - length, to: end };
}
