import { FAIR_METHODS, type FairMethod, MARKETS, type MarketKey, type PriceFormat } from "../prices/index.js";

/** The fair price by all bookmakers together, in the place of one bookmaker's key. */
export const CONSENSUS = "consensus";

/** How prices may be shown, in the order in which they are offered. */
export const FORMATS = [
  "decimal",
  "american",
  "fractional",
  "percent",
] as const satisfies readonly PriceFormat[];

/** What somebody looks at, all of which stands in the address: the same address shows the same. */
export interface View {
  /** `board`: a sport's games; `server`: how the server is. */
  readonly of: "board" | "server";
  /** A sport's key; null while none is chosen. */
  readonly sport: string | null;
  /** An event's id, where one is looked at by itself. */
  readonly event: string | null;
  /** null: the sport's usual one. */
  readonly market: MarketKey | null;
  /** Which outcome of an event is looked at, by its name; null: the first. */
  readonly outcome: string | null;
  readonly format: PriceFormat;
  /** How the bookmakers' margin is taken out for the fair price. */
  readonly method: FairMethod;
  /** Whose prices the fair one is made of: {@link CONSENSUS}, or a bookmaker's key. */
  readonly by: string;
  /** Only events with this in a team's or runner's name; empty for all. */
  readonly find: string;
  /** Keys of bookmakers that are not shown, and count for nothing. */
  readonly hidden: readonly string[];
  /** Only games that have begun. */
  readonly inPlay: boolean;
}

/** What an address without any wish shows. */
export const FIRST_VIEW: View = {
  of: "board",
  sport: null,
  event: null,
  market: null,
  outcome: null,
  format: "decimal",
  method: "multiplicative",
  by: CONSENSUS,
  find: "",
  hidden: [],
  inPlay: false,
};

/** Longer words in an address are nobody's choice of a team. */
const MAX_FIND = 100;

/** Reads what an address's query asks to be shown. What it does not know is as if it were not there. */
export function viewOf(query: string): View {
  const asked = new URLSearchParams(query);
  const oneOf = <T extends string>(name: string, all: readonly T[]): T | undefined =>
    all.find((each) => each === asked.get(name));
  return {
    of: asked.get("view") === "server" ? "server" : "board",
    sport: asked.get("sport") || null,
    event: asked.get("event") || null,
    market: oneOf("market", MARKETS) ?? null,
    outcome: asked.get("outcome") || null,
    format: oneOf("format", FORMATS) ?? FIRST_VIEW.format,
    method: oneOf("fair", FAIR_METHODS) ?? FIRST_VIEW.method,
    by: asked.get("by") || FIRST_VIEW.by,
    find: (asked.get("find") ?? "").slice(0, MAX_FIND),
    hidden: [...new Set((asked.get("hide") ?? "").split(",").filter((key) => key !== ""))].sort(),
    inPlay: asked.get("inplay") === "1",
  };
}

/** The query of the address that shows a view: `?` and what differs from the first view, or nothing. */
export function queryOf(view: View): string {
  const said: [name: string, value: string | null, usual: string | null][] = [
    ["view", view.of, FIRST_VIEW.of],
    ["sport", view.sport, null],
    ["event", view.event, null],
    ["market", view.market, null],
    // A board has all outcomes.
    ["outcome", view.event === null ? null : view.outcome, null],
    ["format", view.format, FIRST_VIEW.format],
    ["fair", view.method, FIRST_VIEW.method],
    ["by", view.by, FIRST_VIEW.by],
    ["find", view.find, ""],
    ["hide", view.hidden.join(","), ""],
    ["inplay", view.inPlay ? "1" : "", ""],
  ];
  const query = new URLSearchParams();
  for (const [name, value, usual] of said) if (value !== null && value !== usual) query.set(name, value);
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
