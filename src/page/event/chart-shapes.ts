import uPlot from "uplot";
import type { Frame } from "./event-frame.js";

/** The gaps that are shown, as places on the canvas. */
export function gapsShown(
  plot: uPlot,
  { gaps, shown }: Frame,
): { left: number; width: number; words: string }[] {
  return gaps
    .filter(({ from, to }) => to > shown.from && from < shown.to)
    .map(({ from, to, words }) => {
      const left = plot.valToPos(Math.max(from, shown.from), "x", true);
      const right = plot.valToPos(Math.min(to, shown.to), "x", true);
      return { left, width: Math.max(right - left, px(2)), words };
    });
}

export function hatch(
  ctx: CanvasRenderingContext2D,
  left: number,
  width: number,
  { top, height }: uPlot.BBox,
): void {
  ctx.lineWidth = px(1);
  ctx.beginPath();
  const step = px(8);
  // Each line begins at a place of the canvas, not of the gap, so that they stand still while time goes on.
  for (let x = Math.floor((left - height) / step) * step; x < left + width; x += step) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
}

export function px(css: number): number {
  return css * uPlot.pxRatio;
}

export function diamond(ctx: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  ctx.beginPath();
  ctx.moveTo(x, y - size);
  ctx.lineTo(x + size, y);
  ctx.lineTo(x, y + size);
  ctx.lineTo(x - size, y);
  ctx.fill();
}

/** Words in as few lines as the room needs; undefined where one is too long for it, or there are more than three. */
export function inLines(ctx: CanvasRenderingContext2D, words: string, room: number): string[] | undefined {
  const told: string[] = [];
  for (const word of words.split(" ")) {
    const longer = told.length === 0 ? word : `${told.at(-1)} ${word}`;
    if (told.length > 0 && ctx.measureText(longer).width <= room) told[told.length - 1] = longer;
    else told.push(word);
  }
  return told.length <= 3 && told.every((line) => ctx.measureText(line).width <= room) ? told : undefined;
}
