import uPlot from "uplot";
import { colourOf, dashesOf } from "./chart-look.js";
import { diamond, gapsShown, hatch, inLines, px } from "./chart-shapes.js";
import type { Frame, PaintedCourse } from "./event-frame.js";

const VARIABLES = [
  "--ground",
  "--text",
  "--muted",
  "--line",
  "--chart-gap",
  "--chart-start",
  "--chart-muted",
  "--chart-best",
  ...[1, 2, 3, 4, 5, 6].map((place) => `--chart-pin-${place}`),
];

/** Paints on uPlot's canvas, in the page's colours. Its lengths are CSS px, and become the canvas' own. */
export class Painter {
  private colours = new Map<string, string>();

  constructor(private readonly host: HTMLElement) {
    this.readColours();
  }

  /** Another theme has other colours. */
  readColours(): void {
    const style = getComputedStyle(this.host);
    this.colours = new Map(VARIABLES.map((name) => [name, style.getPropertyValue(name).trim()]));
  }

  /** The colour in a CSS variable. */
  colour(name: string): string {
    return this.colours.get(name) ?? "";
  }

  /** The page's font, at the size of small text, so many times as large. */
  font(scale = 1): string {
    const { fontFamily, fontSize } = getComputedStyle(this.host);
    return `${Math.round(scale * Number.parseFloat(fontSize))}px ${fontFamily}`;
  }

  /** Shades the times in which nobody looked. */
  gaps(plot: uPlot, frame: Frame): void {
    const { ctx, bbox } = plot;
    this.within(plot, () => {
      ctx.fillStyle = ctx.strokeStyle = this.colour("--chart-gap");
      for (const { left, width } of gapsShown(plot, frame)) {
        ctx.save();
        ctx.beginPath();
        ctx.rect(left, bbox.top, width, bbox.height);
        ctx.clip();
        ctx.globalAlpha = 0.25;
        ctx.fill();
        ctx.globalAlpha = 1;
        hatch(ctx, left, width, bbox);
        ctx.restore();
      }
    });
  }

  /** Paints the courses, what is marked on them, why there are gaps, the start, and now. */
  courses(plot: uPlot, frame: Frame): void {
    this.within(plot, () => {
      this.reasons(plot, frame);
      for (const one of frame.courses) this.course(plot, frame, one);
    });
    this.moments(plot, frame);
    this.names(plot, frame);
  }

  private course(plot: uPlot, frame: Frame, { runs, look, isPointedAt, ...marks }: PaintedCourse): void {
    const { ctx } = plot;
    const x = (ms: number) => Math.round(plot.valToPos(ms, "x", true));
    const y = (price: number) => plot.valToPos(frame.heightOf(price), "y", true);
    const isQuiet = look === "muted" && !isPointedAt;
    ctx.strokeStyle = ctx.fillStyle = this.colour(
      look === "muted" && isPointedAt ? "--text" : colourOf(look),
    );
    ctx.lineWidth = px(isPointedAt ? 3 : isQuiet ? 1 : 2);
    ctx.lineJoin = "round";
    ctx.setLineDash(dashesOf(look).map(px));
    ctx.beginPath();
    for (const { steps, to } of runs) {
      for (const [place, { at, price }] of steps.entries()) {
        if (place === 0) ctx.moveTo(x(at), y(price));
        else ctx.lineTo(x(at), y(steps[place - 1]?.price ?? price));
        ctx.lineTo(x(at), y(price));
      }
      const last = steps.at(-1);
      if (last) ctx.lineTo(x(to), y(last.price));
    }
    ctx.stroke();
    ctx.setLineDash([]);
    const size = px(isQuiet ? 2.5 : 4);
    if (!isQuiet) {
      for (const { steps } of runs)
        for (const { at, price, isOtherLine } of steps) if (isOtherLine) diamond(ctx, x(at), y(price), size);
    }
    if (marks.opening) this.circle(ctx, x(marks.opening.at), y(marks.opening.price), size);
    if (marks.closing)
      ctx.fillRect(x(marks.closing.seenAt) - size, y(marks.closing.price) - size, 2 * size, 2 * size);
  }

  /** Says in a gap why it is one, where there is room. */
  private reasons(plot: uPlot, frame: Frame): void {
    const { ctx, bbox } = plot;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (const { left, width, words } of gapsShown(plot, frame)) {
      for (const [place, line] of (inLines(ctx, words, width - px(12)) ?? []).entries()) {
        const y = bbox.top + px(16 + 15 * place);
        const x = left + width / 2;
        const half = ctx.measureText(line).width / 2 + px(3);
        ctx.fillStyle = this.colour("--ground");
        ctx.fillRect(x - half, y - px(8), 2 * half, px(16));
        ctx.fillStyle = this.colour("--text");
        ctx.fillText(line, x, y);
      }
    }
  }

  private circle(ctx: CanvasRenderingContext2D, x: number, y: number, size: number): void {
    ctx.beginPath();
    ctx.arc(x, y, size, 0, 2 * Math.PI);
    ctx.fillStyle = this.colour("--ground");
    ctx.fill();
    ctx.lineWidth = px(1.5);
    ctx.stroke();
    ctx.fillStyle = ctx.strokeStyle;
  }

  /** The start of the game and now, as upright lines with their names above. */
  private moments(plot: uPlot, { start, startWords, now, shown }: Frame): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.font = this.font(uPlot.pxRatio);
    ctx.textBaseline = "bottom";
    let taken = Number.POSITIVE_INFINITY;
    for (const [ms, words, colour] of [
      [now, "now", "--muted"],
      [start, startWords, "--chart-start"],
    ] as const) {
      if (!(ms >= shown.from && ms <= shown.to)) continue;
      const x = Math.round(plot.valToPos(ms, "x", true)) + 0.5;
      ctx.strokeStyle = ctx.fillStyle = this.colour(colour);
      ctx.lineWidth = px(1);
      ctx.setLineDash(ms === start ? [px(4), px(3)] : []);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top - px(4));
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const half = ctx.measureText(words).width / 2;
      const most = Math.min(ctx.canvas.width, taken) - half - px(4);
      const middle = Math.min(Math.max(x, half + px(4)), most);
      ctx.textAlign = "center";
      ctx.fillText(words, middle, bbox.top - px(5));
      taken = middle - half;
    }
    ctx.restore();
  }

  /** Names at the ends of those that stand out, moved apart where they would lie on one another. */
  private names(plot: uPlot, frame: Frame): void {
    const { ctx, bbox } = plot;
    const right = bbox.left + bbox.width;
    const room = ctx.canvas.width - right - px(10);
    if (room < px(60)) return;
    const named = frame.courses
      .flatMap(({ name, look, runs }) => {
        const last = runs.at(-1)?.steps.at(-1);
        if (name === undefined || !last) return [];
        return [{ name, look, y: plot.valToPos(frame.heightOf(last.price), "y", true) }];
      })
      .sort((one, other) => one.y - other.y);
    ctx.save();
    ctx.font = this.font(uPlot.pxRatio);
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    let lowest = bbox.top;
    for (const { name, look, y } of named) {
      const at = Math.min(Math.max(y, lowest), bbox.top + bbox.height);
      lowest = at + px(15);
      ctx.fillStyle = this.colour(look === "muted" ? "--text" : colourOf(look));
      ctx.fillText(name, right + px(8), at, room);
    }
    ctx.restore();
  }

  private within(plot: uPlot, paint: () => void): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.font = this.font(uPlot.pxRatio);
    ctx.beginPath();
    // A mark at an edge is seen whole.
    ctx.rect(bbox.left - px(5), bbox.top - px(5), bbox.width + px(10), bbox.height + px(10));
    ctx.clip();
    paint();
    ctx.restore();
  }
}
