import type { ClientBoard } from "../../client/index.js";
import { expectedValue, impliedChance, type MarketKey, type PriceFormat } from "../../prices/index.js";
import { duration, lineText, moment, percent, priceText } from "../words.js";
import type { BoardModel } from "./board-model.js";
import { readAtOf } from "./board-times.js";

/** One price of the table. */
export interface PointedAt {
  readonly event: string;
  readonly outcome: string;
  readonly bookmaker: string;
}

interface ReadoutProps {
  readonly pointedAt: PointedAt | null;
  readonly board: ClientBoard;
  readonly nowMs: number;
  readonly model: BoardModel;
  readonly market: MarketKey;
  readonly format: PriceFormat;
}

/** Where the price that is pointed at comes from: whose it is, how old, since when so, and what it is worth. */
export function Readout(props: ReadoutProps) {
  return (
    <p class="readout" id="readout">
      {props.pointedAt ? wordsOf(props.pointedAt, props) : legend(props.format)}
    </p>
  );
}

function legend(format: PriceFormat) {
  const [up, down] = format === "percent" ? ["▼", "▲"] : ["▲", "▼"];
  return (
    <>
      <span class="up-word">{up} pays more</span> <span class="down-word">{down} pays less</span>{" "}
      <span class="line-word">◆ another line</span> <span class="best-word">best price</span>
      <span class="muted"> Point at a price to see where it comes from.</span>
    </>
  );
}

function wordsOf(
  { event: id, outcome: name, bookmaker: key }: PointedAt,
  { board, nowMs, model, market, format }: ReadoutProps,
): string {
  const row = model.events.get(id)?.rows.find((each) => each.name === name);
  const event = board.odds.find((each) => each.id === id);
  const bookmaker = event?.bookmakers.find((each) => each.key === key);
  const found = bookmaker?.markets.find((each) => each.key === market);
  const title = bookmaker?.title ?? model.bookmakers.find((each) => each.key === key)?.title ?? key;
  const cell = row?.cells.get(key);
  if (!row || !cell || !bookmaker || !found) return `${title} has no price of ${name} now.`;
  const { price, point } = cell;
  const readAt = readAtOf(bookmaker, found);
  const since = Date.parse(found.changed_at);
  const fair = point === row.point ? row.fair : undefined;
  return [
    `${title}: ${name} ${lineText(point, market)} ${priceText(price, format)}`.replace("  ", " "),
    format === "percent" ? `pays ${priceText(price, "decimal")}` : `implies ${percent(impliedChance(price))}`,
    fair === undefined
      ? "no fair price"
      : `fair ${percent(fair)}, so a bet ${value(expectedValue(fair, price))} on average`,
    Number.isNaN(since) ? "" : `so since ${moment(since, nowMs)} or before (${duration(nowMs - since)})`,
    readAt === null
      ? "the bookmaker's age is unknown"
      : `read of the bookmaker ${duration(nowMs - readAt)} ago`,
    `from ${board.source}`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

function value(expected: number): string {
  return expected < 0 ? `loses ${percent(-expected)}` : `wins ${percent(expected)}`;
}
