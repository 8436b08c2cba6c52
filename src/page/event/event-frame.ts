import type { MarketKey, PriceFormat } from "../../prices/index.js";
import { moment } from "../words.js";
import { type Look, lookOf } from "./chart-look.js";
import { type Course, extentOf, type Gap, type Run } from "./event-courses.js";
import type { BookmakerRow } from "./event-prices.js";
import { type Priced, pricedText, whyNot } from "./event-words.js";
import type { Span } from "./zoom.js";

/** A course as it is to be painted. */
export interface PaintedCourse {
  readonly course: Course;
  readonly runs: readonly Run[];
  readonly look: Look;
  readonly isPointedAt: boolean;
  /** What stands at its end, where there is room; undefined for none. */
  readonly name: string | undefined;
  readonly opening: (Priced & { readonly at: number }) | undefined;
  readonly closing: (Priced & { readonly seenAt: number }) | undefined;
}

/** All that the chart shows at one moment. */
export interface Frame {
  /** Those on top last. */
  readonly courses: readonly PaintedCourse[];
  readonly gaps: readonly (Gap & { readonly words: string })[];
  /** When the event starts, in ms since the epoch; NaN where that is not known. */
  readonly start: number;
  readonly startWords: string;
  readonly now: number;
  readonly shown: Span;
  /** The lowest and highest value that is shown. */
  readonly values: Span;
  readonly format: PriceFormat;
  /** What a price (decimal odds) is drawn as. */
  readonly heightOf: (price: number) => number;
  /** The moment that keys went to; null where a pointer shows the way. */
  readonly moment: number | null;
}

/** What the chart is made of. */
export interface FrameOf {
  readonly courses: readonly Course[];
  /** The parts of each course that may be drawn, by bookmaker. */
  readonly runs: ReadonlyMap<string, readonly Run[]>;
  readonly rows: readonly BookmakerRow[];
  readonly gaps: readonly Gap[];
  readonly start: number;
  readonly now: number;
  readonly shown: Span;
  readonly market: MarketKey;
  readonly format: PriceFormat;
  readonly pinned: readonly string[];
  readonly pointedAt: string | null;
  readonly titleOf: (bookmaker: string) => string;
  readonly moment: number | null;
}

/** Room above the highest and below the lowest, as a share of what is between; and at least so much, in decimal odds. */
const MARGIN = 0.08;
const LEAST = 0.01;

/** The chart at a moment: those that stand out are on top of the others. */
export function frameOf(of: FrameOf): Frame {
  const { courses, runs, rows, gaps, start, now, shown, market, format, pinned, pointedAt } = of;
  const best = rows.find(({ isBest }) => isBest)?.bookmaker;
  const heightOf = format === "percent" ? (price: number) => 100 / price : (price: number) => price;
  const rank = ({ bookmaker }: Course) =>
    bookmaker === pointedAt ? 3 : pinned.includes(bookmaker) ? 2 : bookmaker === best ? 1 : 0;
  return {
    courses: [...courses]
      .sort((one, other) => rank(one) - rank(other))
      .map((course) => {
        const row = rows.find(({ bookmaker }) => bookmaker === course.bookmaker);
        const text = row?.now && ` ${pricedText(row.now, market, format)}`;
        return {
          course,
          runs: runs.get(course.bookmaker) ?? [],
          look: lookOf(course.bookmaker, pinned, best),
          isPointedAt: course.bookmaker === pointedAt,
          name: rank(course) > 0 ? `${of.titleOf(course.bookmaker)}${text ?? ""}` : undefined,
          opening: row?.opening,
          closing: row?.closing && "price" in row.closing ? row.closing : undefined,
        };
      }),
    gaps: gaps.map((gap) => ({ ...gap, words: whyNot(gap.reason) })),
    start,
    startWords: `start ${moment(start, now)}`,
    now,
    shown,
    values: valuesShown(runs, shown, heightOf, format),
    format,
    heightOf,
    moment: of.moment,
  };
}

function valuesShown(
  runs: ReadonlyMap<string, readonly Run[]>,
  { from, to }: Span,
  heightOf: (price: number) => number,
  format: PriceFormat,
): Span {
  const extent = extentOf(runs.values(), from, to) ?? { lowest: 1.9, highest: 2.1 };
  const [one, other] = [heightOf(extent.lowest), heightOf(extent.highest)];
  const margin = Math.max(Math.abs(other - one) * MARGIN, format === "percent" ? 100 * LEAST : LEAST);
  const floor = format === "percent" ? 0 : 1;
  return { from: Math.max(Math.min(one, other) - margin, floor), to: Math.max(one, other) + margin };
}
