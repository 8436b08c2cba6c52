import uPlot from "uplot";
import { timesOf, valueText } from "./chart-axes.js";
import { Painter } from "./chart-paint.js";
import { atMoment } from "./event-courses.js";
import type { Frame } from "./event-frame.js";
import type { Span } from "./zoom.js";

/** What somebody does with the chart. */
export interface PlotHandlers {
  /** Points at a moment, and at a bookmaker's course where one is near; null: points at none any more. */
  readonly point: (ms: number | null, bookmaker: string | null) => void;
  /** Chooses a stretch to see. */
  readonly zoom: (wanted: Span) => void;
  readonly showAll: () => void;
  readonly pin: (bookmaker: string) => void;
}

/** What the axis of values goes by: prices have two places, and no step rounds to another. */
const STEPS = [0.01, 0.1, 1, 10, 100, 1000].flatMap((step) => [step, 2 * step, 5 * step]);
/** So near (CSS px) to a course the pointer means it. */
const NEAR_PX = 12;
/** Room at the right for names, where the chart is wide enough for them. */
const NAMES = { px: 132, fromWidth: 640 };
/** Room for a figure of an axis, in CSS px. */
const FIGURE_PX = 7.5;

/** A place on the plot, in CSS px from its upper left corner. */
interface Place {
  readonly left: number;
  readonly top: number;
}

/** The chart on its canvas. uPlot has the axes, the pointer and the zoom; courses and gaps are painted here. */
export class Plot {
  private readonly plot: uPlot;
  private readonly painter: Painter;
  private readonly resized: ResizeObserver;
  private readonly themed: MutationObserver;
  private readonly scheme = matchMedia("(prefers-color-scheme: dark)");
  private readonly isOver = new AbortController();
  /** Where a pointer is on the chart; null where none is. */
  private pointer: Place | null = null;

  constructor(
    private readonly host: HTMLElement,
    private frame: Frame,
    private readonly handlers: PlotHandlers,
  ) {
    this.painter = new Painter(host);
    this.plot = new uPlot(this.options(), this.data(), host);
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(host);
    this.themed = new MutationObserver(this.repaint);
    this.themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const { signal } = this.isOver;
    this.scheme.addEventListener("change", this.repaint, { signal });
    const { over } = this.plot;
    over.addEventListener("click", () => this.pinNearest(), { signal });
    for (const kind of ["pointerdown", "pointermove"] as const)
      over.addEventListener(kind, (event) => this.take(event), { signal });
    over.addEventListener("pointerleave", (event) => this.leave(event), { signal });
  }

  /** Shows what is so now. */
  update(frame: Frame): void {
    this.frame = frame;
    this.plot.batch(() => {
      this.plot.setData(this.data());
      this.placeCursor();
    });
  }

  /** Leaves nothing behind. */
  destroy(): void {
    this.isOver.abort();
    this.resized.disconnect();
    this.themed.disconnect();
    this.plot.destroy();
  }

  private readonly repaint = () => {
    this.painter.readColours();
    this.plot.redraw(false, true);
  };

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width > 0 && height > 0) this.plot.setSize({ width, height });
  }

  /** A moment that was gone to by keys keeps its place in time; a pointer's keeps its place on the screen. */
  private placeCursor(): void {
    const { moment } = this.frame;
    if (moment !== null) {
      this.pointer = null;
      this.plot.setCursor({ left: this.plot.valToPos(moment, "x"), top: 0 });
    } else if (this.pointer) this.point(this.pointer);
    else this.plot.setCursor({ left: -10, top: -10 });
  }

  private take({ pointerType, clientX, clientY }: PointerEvent): void {
    const { left, top } = this.plot.over.getBoundingClientRect();
    this.pointer = { left: clientX - left, top: clientY - top };
    // uPlot itself follows a mouse only.
    if (pointerType !== "mouse") this.plot.setCursor(this.pointer);
    this.point(this.pointer);
  }

  /** A finger that is lifted goes on pointing. */
  private leave({ pointerType }: PointerEvent): void {
    if (pointerType !== "mouse") return;
    this.pointer = null;
    this.handlers.point(null, null);
  }

  private point({ left, top }: Place): void {
    this.handlers.point(this.plot.posToVal(left, "x"), this.nearest(left, top));
  }

  private nearest(left: number, top: number): string | null {
    const ms = this.plot.posToVal(left, "x");
    let nearest: string | null = null;
    let least = NEAR_PX;
    for (const { course } of this.frame.courses) {
      const now = atMoment(course, this.frame.gaps, ms);
      if (!now) continue;
      const off = Math.abs(this.plot.valToPos(this.frame.heightOf(now.step.price), "y") - top);
      if (off < least) [nearest, least] = [course.bookmaker, off];
    }
    return nearest;
  }

  private pinNearest(): void {
    const nearest = this.pointer && this.nearest(this.pointer.left, this.pointer.top);
    if (nearest !== null) this.handlers.pin(nearest);
  }

  /** Two points that span what is shown: uPlot makes the axes of them. */
  private data(): uPlot.AlignedData {
    const { shown, values } = this.frame;
    return [
      [shown.from, shown.to],
      [values.from, values.to],
    ];
  }

  private options(): uPlot.Options {
    const { host, painter } = this;
    const colour = (name: string) => () => painter.colour(name);
    const axis: uPlot.Axis = {
      stroke: colour("--muted"),
      font: painter.font(),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    return {
      width: Math.max(host.clientWidth, 1),
      height: Math.max(host.clientHeight, 1),
      ms: 1,
      padding: [26, (plot) => (plot.width >= NAMES.fromWidth ? NAMES.px : 14), 0, 0],
      legend: { show: false },
      scales: {
        x: { range: () => [this.frame.shown.from, this.frame.shown.to] },
        y: { range: () => [this.frame.values.from, this.frame.values.to] },
      },
      axes: [
        {
          ...axis,
          space: 90,
          size: 28,
          gap: 6,
          values: (plot, splits, _, __, step) => timesOf(splits, step, plot),
        },
        {
          ...axis,
          gap: 6,
          space: 36,
          incrs: STEPS,
          size: (_, texts) => 14 + FIGURE_PX * Math.max(4, ...(texts ?? []).map((text) => text?.length ?? 0)),
          values: (_, splits) => splits.map((value) => valueText(value, this.frame.format)),
        },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 6 },
        bind: {
          dblclick: () => () => {
            this.handlers.showAll();
            return null;
          },
        },
      },
      hooks: {
        drawClear: [(plot) => painter.gaps(plot, this.frame)],
        draw: [(plot) => painter.courses(plot, this.frame)],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width === 0) return;
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            this.handlers.zoom({ from: plot.posToVal(left, "x"), to: plot.posToVal(left + width, "x") });
          },
        ],
      },
    };
  }
}
