import type { MarketKey, PriceFormat } from "../../prices/index.js";
import { lineText, priceText } from "../words.js";
import { dashesOf, type Look } from "./chart-look.js";
import type { Movement, Priced } from "./event-words.js";

/** A piece of a bookmaker's course, as the chart draws it. */
export function Swatch({ look }: { readonly look: Look }) {
  const [kind, place] = look.split("-");
  return (
    <svg
      class={`swatch ${kind} ${kind === "pin" ? `pin-${(Number(place) % 6) + 1}` : ""}`}
      viewBox="0 0 24 8"
      aria-hidden="true"
    >
      <path d="M0 4h24" stroke-dasharray={dashesOf(look).join(" ")} />
    </svg>
  );
}

/** A price with its line. */
export function Figure({
  priced: { price, point },
  market,
  format,
}: {
  readonly priced: Priced;
  readonly market: MarketKey;
  readonly format: PriceFormat;
}) {
  return (
    <>
      {point !== null && <span class="point">{lineText(point, market)} </span>}
      <span class="price">{priceText(price, format)}</span>
    </>
  );
}

/** How a price moved: its sign, and words that say the same. */
export function Moved({ movement: { direction, sign, words } }: { readonly movement: Movement }) {
  return (
    <>
      <span aria-hidden="true">{sign} </span>
      {direction === "line" && <span class="visually-hidden">line </span>}
      {words}
    </>
  );
}
