import type { MarketKey, PriceFormat } from "../../prices/index.js";
import type { Look } from "./chart-look.js";
import type { Gap } from "./event-courses.js";
import { Figure, Moved, Swatch } from "./event-figures.js";
import type { Reading } from "./event-prices.js";
import { between, clock, fromTo, movementOf, type Priced, pricedText, whyNot } from "./event-words.js";

interface EventReadoutProps {
  /** Best first. */
  readonly readings: readonly Reading[];
  readonly ms: number;
  readonly now: number;
  /** Whether nobody points at a moment: then it tells of the latest. */
  readonly isLatest: boolean;
  readonly isLive: boolean;
  readonly gap: Gap | undefined;
  /** Those without a price then: they have a place, so that nothing jumps. */
  readonly absent: readonly string[];
  readonly market: MarketKey;
  readonly format: PriceFormat;
  readonly titleOf: (bookmaker: string) => string;
  readonly openingOf: (bookmaker: string) => Priced | undefined;
  readonly lookOf: (bookmaker: string) => Look;
  readonly pointedAt: string | null;
}

/** All prices at the moment that is pointed at, best first. */
export function EventReadout(props: EventReadoutProps) {
  const { readings, ms, now, isLatest, isLive, gap, absent, lookOf, titleOf } = props;
  return (
    <section class="at-moment" aria-labelledby="at-moment" data-stale={isLatest && !isLive ? "" : undefined}>
      <h3 id="at-moment">
        {!isLatest ? "At" : isLive ? "Now" : "Last seen"} <span class="when">{clock(ms, now)}</span>
        {gap && (
          <span class="not-covered">
            {" "}
            Not covered, {fromTo(gap.from, gap.to, now)}: {whyNot(gap.reason)}
          </span>
        )}
        {!gap && <span class="hint"> best first, moves since the opening</span>}
      </h3>
      <ol>
        {readings.map((reading) => (
          <One key={reading.bookmaker} reading={reading} {...props} />
        ))}
        {absent.map((bookmaker) => (
          <li key={bookmaker} class="muted">
            <Swatch look={lookOf(bookmaker)} />
            <span class="who">{titleOf(bookmaker)}</span>
            <span class="offered">–</span>
            <span class="moved" />
            <span class="since">{gap ? "not known" : "no price"}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function One({ reading, ...props }: EventReadoutProps & { readonly reading: Reading }) {
  const { bookmaker, step, perhaps, isBest } = reading;
  const { market, format, now, titleOf, openingOf, lookOf, pointedAt } = props;
  const opening = openingOf(bookmaker);
  const movement = opening && movementOf(opening, step, market, format);
  return (
    <li data-pointed={bookmaker === pointedAt ? "" : undefined}>
      <Swatch look={lookOf(bookmaker)} />
      <span class="who">{titleOf(bookmaker)}</span>
      <span class={isBest ? "offered is-best" : "offered"}>
        <Figure priced={step} market={market} format={format} />
        {isBest && <span class="visually-hidden"> best</span>}
      </span>
      <span class="moved" data-direction={movement?.direction}>
        {movement && movement.direction !== "same" && <Moved movement={movement} />}
      </span>
      <span class="since muted">
        {perhaps
          ? `then ${perhaps.price === null ? "none" : pricedText({ ...perhaps, price: perhaps.price }, market, format)}, ${between(perhaps, now)}`
          : between(step, now)}
      </span>
    </li>
  );
}

/** The same as a sentence or two, for who goes by keys. */
export function spoken({
  readings,
  ms,
  now,
  gap,
  market,
  format,
  titleOf,
}: Pick<EventReadoutProps, "readings" | "ms" | "now" | "gap" | "market" | "format" | "titleOf">): string {
  if (gap) return `${clock(ms, now)}: not covered, ${whyNot(gap.reason)}.`;
  const tell = ({ bookmaker, step }: Reading) => `${titleOf(bookmaker)} ${pricedText(step, market, format)}`;
  const changed = readings.filter(({ step }) => step.at === ms);
  const [first, ...others] = changed;
  const best = readings.filter(({ isBest }) => isBest);
  return [
    `${clock(ms, now)}:`,
    first &&
      `${changed.slice(0, 3).map(tell).join(", ")}${others.length > 2 ? ` and ${others.length - 2} more` : ""}, changed ${between(first.step, now)}.`,
    best[0] ? `Best ${tell(best[0])}${best.length > 1 ? ` and ${best.length - 1} more` : ""}.` : "",
    readings.length === 0 ? "no prices." : "",
  ]
    .filter(Boolean)
    .join(" ");
}
