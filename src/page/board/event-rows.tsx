import type { VNode } from "preact";
import { Component } from "preact";
import type { MarketKey, PriceFormat } from "../../prices/index.js";
import type { ShowView } from "../use-view.js";
import { lineText, moment, NO_FAIR, percent, priceText } from "../words.js";
import type { Column } from "./board-model.js";
import type { EventModel, OutcomeRow } from "./event-model.js";
import { PriceCell } from "./price-cell.js";

interface EventRowsProps {
  readonly event: EventModel;
  readonly columns: readonly Column[];
  readonly market: MarketKey;
  readonly format: PriceFormat;
  readonly isInPlay: boolean;
  /** Whether the Tab key comes to the table by its first price; from there on arrows go. */
  readonly isFirst: boolean;
  readonly show: ShowView;
}

/** One event of the table: a row of what is said of all its outcomes, and one for each of them. */
export class EventRows extends Component<EventRowsProps> {
  /** Drawn anew only when something of this event moved, or another view is chosen. */
  override shouldComponentUpdate(next: EventRowsProps): boolean {
    const { event, columns, market, format, isInPlay, isFirst } = this.props;
    return (
      next.event !== event ||
      next.columns !== columns ||
      next.market !== market ||
      next.format !== format ||
      next.isInPlay !== isInPlay ||
      next.isFirst !== isFirst
    );
  }

  override render({ event, columns, market, format, isInPlay, isFirst, show }: EventRowsProps): VNode {
    const { home, away, title, start, bestHold, noFair } = event;
    const name = title ?? `${home ?? "?"} – ${away ?? "?"}`;
    const open = (click: MouseEvent) => {
      if (click.metaKey || click.ctrlKey || click.shiftKey || click.button !== 0) return;
      click.preventDefault();
      show({ event: event.id });
    };
    // The rows of a total are called Over and Under, and of no row is nothing to be read.
    const isNamedBelow = title === null && market !== "totals" && event.rows.length > 0;
    return (
      <tbody role="rowgroup" style={{ "--rows": event.rows.length }}>
        <tr class="event" role="row">
          <th scope="rowgroup" role="rowheader" class="name">
            <a href={hrefOf(event.id)} onClick={open}>
              {isInPlay && <span class="in-play">In play</span>}{" "}
              <time dateTime={Number.isNaN(start) ? undefined : new Date(start).toISOString()}>
                {moment(start)}
              </time>
              <span class={isNamedBelow ? "visually-hidden" : "game"}>{` ${name}`}</span>
              <span class="visually-hidden">: how its prices moved</span>
            </a>
            {event.offers.size === 0 && <span> no prices</span>}
          </th>
          <td
            role="cell"
            class={bestHold !== undefined && bestHold < 0 ? "wins" : undefined}
            title={holdInWords(bestHold)}
          >
            {bestHold === undefined ? "" : percent(bestHold)}
          </td>
          <td role="cell" class="muted" title={noFair && NO_FAIR[noFair]}>
            {noFair && event.rows.length > 0 ? "–" : ""}
          </td>
          {columns.map(({ key }) => {
            const offer = event.offers.get(key);
            return (
              <td role="cell" key={key} class={offer?.isStale ? "stale" : undefined}>
                {offer?.isStale ? "stale" : offer?.hold === undefined ? "" : percent(offer.hold)}
              </td>
            );
          })}
        </tr>
        {event.rows.map((row, down) => (
          <tr key={row.name} role="row">
            <th scope="row" role="rowheader" class="name">
              {row.name}
              {row.point !== null && <span class="point"> {lineText(row.point, market)}</span>}
            </th>
            <td role="cell" class="best">
              {bestOf(row, columns, format)}
            </td>
            <td role="cell" class="fair">
              {row.fair === undefined ? "" : priceText(1 / row.fair, format)}
            </td>
            {columns.map(({ key }, right) => (
              <PriceCell
                key={key}
                event={event.id}
                outcome={row.name}
                bookmaker={key}
                cell={row.cells.get(key)}
                mainPoint={row.point}
                market={market}
                format={format}
                isEntry={isFirst && down === 0 && right === 0}
              />
            ))}
          </tr>
        ))}
      </tbody>
    );
  }
}

function holdInWords(bestHold: number | undefined): string | undefined {
  if (bestHold === undefined) return undefined;
  return bestHold < 0
    ? "Backing all outcomes at the best prices wins"
    : "What is kept of all stakes at the best prices";
}

/** The address of an event's own view, with all else as it is looked at now. */
function hrefOf(event: string): string {
  const query = new URLSearchParams(location.search);
  query.set("event", event);
  return `/?${query}`;
}

function bestOf(row: OutcomeRow, columns: readonly Column[], format: PriceFormat): VNode | string {
  if (!row.best) return "";
  const { price, bookmakers } = row.best;
  const titles = bookmakers.map((key) => columns.find((column) => column.key === key)?.title ?? key);
  const [first = "", ...others] = titles;
  return (
    <>
      <span class="price">{priceText(price, format)}</span>
      <span class="by" title={titles.join(", ")}>
        {others.length > 0 ? `${first} +${others.length}` : first}
      </span>
    </>
  );
}
