import type { MarketKey, PriceFormat } from "../../prices/index.js";
import { moment } from "../words.js";
import type { Look } from "./chart-look.js";
import { Figure, Moved, Swatch } from "./event-figures.js";
import { type BookmakerRow, shownExtremes } from "./event-prices.js";
import { closeInWords, inShort, movementOf, type Priced } from "./event-words.js";

interface EventTableProps {
  readonly rows: readonly BookmakerRow[];
  readonly caption: string;
  readonly nowMs: number;
  /** Whether prices may not be relied on now: then they are the last ones. */
  readonly isStale: boolean;
  readonly market: MarketKey;
  readonly format: PriceFormat;
  readonly titleOf: (bookmaker: string) => string;
  readonly lookOf: (bookmaker: string) => Look;
  readonly pointedAt: string | null;
  readonly pointAt: (bookmaker: string | null) => void;
  readonly pinned: readonly string[];
  readonly pin: (bookmaker: string) => void;
}

/** What the chart shows, in text: a row for each bookmaker. */
export function EventTable(props: EventTableProps) {
  const { rows, caption, isStale, pointAt } = props;
  return (
    <table class="prices" data-stale={isStale ? "" : undefined} onPointerLeave={() => pointAt(null)}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Bookmaker</th>
          <th scope="col">Opening</th>
          <th scope="col">{isStale ? "Last seen" : "Now"}</th>
          <th scope="col">Change</th>
          <th scope="col">Highest</th>
          <th scope="col">Lowest</th>
          <th scope="col">Close</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.bookmaker} row={row} {...props} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, ...props }: EventTableProps & { readonly row: BookmakerRow }) {
  const { bookmaker, opening, now, isBest, isStale, closing } = row;
  const { nowMs, market, format, titleOf, lookOf, pointedAt, pointAt, pinned, pin } = props;
  const { highest, lowest } = shownExtremes(row, format);
  const movement = opening && now && movementOf(opening, now, market, format);
  const at = (ms: number) => moment(ms, nowMs);
  return (
    <tr
      data-pointed={bookmaker === pointedAt ? "" : undefined}
      onPointerEnter={() => pointAt(bookmaker)}
      onFocusIn={() => pointAt(bookmaker)}
      onFocusOut={() => pointAt(null)}
    >
      <th scope="row">
        <label class="pin" title="Give its line a colour of its own">
          <input type="checkbox" checked={pinned.includes(bookmaker)} onChange={() => pin(bookmaker)} />
          <Swatch look={lookOf(bookmaker)} />
          <span>{titleOf(bookmaker)}</span>
          <span class="visually-hidden">: highlight its line</span>
        </label>
      </th>
      <td>{opening && <Cell priced={opening} small={inShort(opening, nowMs)} {...props} />}</td>
      <td class={[isBest && "is-best", isStale && "stale"].filter(Boolean).join(" ") || undefined}>
        {now ? (
          <Cell priced={now} small={isBest ? "best" : isStale ? "stale" : ""} {...props} />
        ) : (
          <None words="off the board" />
        )}
      </td>
      <td data-direction={movement?.direction} class="moved">
        {movement && <Moved movement={movement} />}
      </td>
      <td>{highest && <Cell priced={highest} small={at(highest.at)} {...props} />}</td>
      <td>{lowest && <Cell priced={lowest} small={at(lowest.at)} {...props} />}</td>
      <td>
        {closing && "price" in closing ? (
          <Cell priced={closing} small={closeInWords(closing)} {...props} />
        ) : (
          closing && <None words={closeInWords(closing)} />
        )}
      </td>
    </tr>
  );
}

function Cell({
  priced,
  small,
  market,
  format,
}: Pick<EventTableProps, "market" | "format"> & { readonly priced: Priced; readonly small: string }) {
  return (
    <>
      <Figure priced={priced} market={market} format={format} />
      {small !== "" && <small> {small}</small>}
    </>
  );
}

function None({ words }: { readonly words: string }) {
  return <small>{words}</small>;
}
