import type { VNode } from "preact";
import { Component } from "preact";
import type { MarketKey, PriceFormat } from "../../prices/index.js";
import { lineText, priceText } from "../words.js";
import type { Cell } from "./event-model.js";
import type { Move } from "./price-moves.js";

interface PriceCellProps {
  readonly event: string;
  readonly outcome: string;
  readonly bookmaker: string;
  /** Undefined where the bookmaker has no price: the cell is empty. */
  readonly cell: Cell | undefined;
  /** The line of the row; a price at another one says which. */
  readonly mainPoint: number | null;
  readonly market: MarketKey;
  readonly format: PriceFormat;
  /** Whether the Tab key comes to the table by this cell. */
  readonly isEntry: boolean;
}

/** One price of the table. Of a thousand some dozens move at a tick: the others are not looked at. */
export class PriceCell extends Component<PriceCellProps> {
  override shouldComponentUpdate(next: PriceCellProps): boolean {
    const { cell, mainPoint, market, format, isEntry } = this.props;
    return (
      next.cell !== cell ||
      next.mainPoint !== mainPoint ||
      next.market !== market ||
      next.format !== format ||
      next.isEntry !== isEntry
    );
  }

  override render(props: PriceCellProps): VNode {
    const { event, outcome, bookmaker, cell, format, isEntry } = props;
    return (
      <td
        role="cell"
        class={classOf(cell)}
        tabIndex={isEntry ? 0 : -1}
        data-event={event}
        data-outcome={outcome}
        data-bookmaker={bookmaker}
        data-arrow={arrowOf(cell?.move, format)}
      >
        {priceOf(props)}
      </td>
    );
  }
}

function classOf(cell: Cell | undefined): string | undefined {
  if (!cell) return undefined;
  const { isBest, isStale, move } = cell;
  const moved = move && `${move.direction}${move.isFresh ? " fresh" : ""}`;
  return [isBest && "is-best", isStale && "stale", moved].filter(Boolean).join(" ") || undefined;
}

function priceOf({ cell, mainPoint, market, format }: PriceCellProps): (VNode | false)[] | string {
  if (!cell) return "";
  const { price, point, isBest, isStale } = cell;
  return [
    point !== null && point !== mainPoint ? (
      <span key="point" class="point other">
        {lineText(point, market)}
      </span>
    ) : (
      false
    ),
    <span key="price" class="price">
      {priceText(price, format)}
    </span>,
    isBest ? (
      <span key="best" class="visually-hidden">
        {" best"}
      </span>
    ) : (
      false
    ),
    isStale ? (
      <span key="stale" class="visually-hidden">
        {" stale"}
      </span>
    ) : (
      false
    ),
  ];
}

/** The figure that is shown went up or down: a chance falls where the price rises. */
function arrowOf(move: Move | undefined, format: PriceFormat): string | undefined {
  if (!move) return undefined;
  if (move.direction === "line") return "◆";
  return (move.direction === "up") === (format !== "percent") ? "▲" : "▼";
}
