import uPlot from "uplot";
import type { PriceFormat } from "../../prices/index.js";
import { moment, priceText } from "../words.js";
import { clock } from "./event-words.js";

/** Prices are drawn as decimal odds, whatever they are written as: American ones have a hole between −100 and 100. */
export function valueText(value: number, format: PriceFormat): string {
  if (format === "percent") return `${Number(value.toFixed(2))}%`;
  return value > 1 ? priceText(value, format) : "";
}

/** Half of the room that a time takes, in CSS px. */
const HALF_TIME_PX = 34;
const DAY_MS = 24 * 60 * 60_000;

/** Times of the axis; none so near to its right end that it would be cut off. */
export function timesOf(splits: readonly number[], stepMs: number, plot: uPlot): string[] {
  const room = plot.width - HALF_TIME_PX;
  return splits.map((ms, place) => {
    if (plot.valToPos(ms, "x") + (plot.bbox.left ?? 0) / uPlot.pxRatio > room) return "";
    const before = splits[place - 1];
    const isNewDay = before !== undefined && new Date(before).getDate() !== new Date(ms).getDate();
    if (stepMs >= DAY_MS || isNewDay) return DAY.format(ms);
    return stepMs < 60_000 ? clock(ms, ms) : moment(ms, ms);
  });
}
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
