import { isDeepStrictEqual } from "node:util";
import type { Outcome } from "../board/model.js";
import type { HistoryEvent } from "../protocol/history-answers.js";
import type { Position } from "./cursor.js";
import { described, nextEvents } from "./event-list.js";
import type { Kept, KeptSport } from "./kept.js";
import { outcomesOf } from "./market-changes.js";

/** So many events and rows are held at once. */
const EVENTS_AT_ONCE = 100;
const ROWS_AT_ONCE = 2000;

/** How an export is written. */
export type ExportFormat = "csv" | "ndjson";

interface ExportRow extends Readonly<Record<string, string | number | null>> {
  readonly bookmaker: string;
  readonly market: string;
  readonly at: number;
  readonly seen_before: number | null;
  readonly shape: string | null;
  readonly numbers: string | null;
}

const COLUMNS = [
  "event",
  "commence_time",
  "home_team",
  "away_team",
  "bookmaker",
  "market",
  "at",
  "after",
  "name",
  "description",
  "price",
  "point",
] as const;

/**
 * All changes of a sport's markets between two moments (ms since the epoch) as text: event by event as they came, of
 * each market by market in order of time. Nothing is held, here or in the engine, while nobody takes the next piece.
 */
export async function* exported(
  kept: Kept,
  sport: KeptSport,
  from: number,
  to: number,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === "csv") yield `${COLUMNS.join(",")}\n`;
  const written = format === "csv" ? asCsv : asJson;
  let behind: Position | undefined;
  for (;;) {
    const events = await nextEvents(kept, sport, { from, to, limit: EVENTS_AT_ONCE, behind });
    const page = events.slice(0, EVENTS_AT_ONCE);
    const details = await described(kept, sport, page);
    for (const [i, { id }] of page.entries()) {
      const event = details[i];
      if (event) yield* ofEvent(kept, sport, id, event, from, to, written);
    }
    const last = page.at(-1);
    if (!last || events.length <= EVENTS_AT_ONCE) return;
    behind = [last.first_seen, last.id];
  }
}

async function* ofEvent(
  kept: Kept,
  sport: KeptSport,
  id: number,
  event: HistoryEvent,
  from: number,
  to: number,
  written: typeof asCsv,
): AsyncGenerator<string> {
  const known = event.called.at(-1);
  const head = [
    event.id,
    known?.commence_time ?? null,
    known?.home_team ?? null,
    known?.away_team ?? null,
  ] as const;
  let last: ExportRow | undefined;
  let was: Outcome[] | null | undefined;
  for (;;) {
    const rows: readonly ExportRow[] = await rowsBehind(kept, sport, id, from, to, last);
    let text = "";
    for (const row of rows) {
      const outcomes = outcomesOf(row.shape, row.numbers);
      const isSame = row.bookmaker === last?.bookmaker && row.market === last.market;
      last = row;
      // Something but the outcomes changed.
      if (isSame && isDeepStrictEqual(outcomes, was)) continue;
      was = outcomes;
      text += written(head, row, outcomes);
    }
    if (text !== "") yield text;
    if (rows.length < ROWS_AT_ONCE) return;
  }
}

/** In an order that an index has, so that the end of an event costs no more than its beginning. */
function rowsBehind(
  kept: Kept,
  sport: KeptSport,
  event: number,
  from: number,
  to: number,
  last: ExportRow | undefined,
): Promise<readonly ExportRow[]> {
  const { bookmaker = "", market = "", at = 0 } = last ?? {};
  return kept.rows<ExportRow>(
    `select x.bookmaker, x.market, x.at, h.text as shape, x.numbers,
        (select max(r.at) from readings r where r.sport = ?1 and r.at < x.at) as seen_before
      from (select s.bookmaker, s.market, c.at, c.shape, c.numbers from series s join changes c on c.series = s.id
        where s.event = ?2 and s.sport = ?1 and s.market <> '' and c.at >= ?3 and c.at <= ?4 and s.bookmaker >= ?5
        and (s.bookmaker > ?5 or s.market > ?6 or (s.market = ?6 and c.at > ?7))
        order by s.bookmaker, s.market, c.at limit ${ROWS_AT_ONCE}) x
      left join shapes h on h.id = x.shape
      order by x.bookmaker, x.market, x.at`,
    [sport.id, event, from, to, bookmaker, market, at],
  );
}

type Head = readonly [
  event: string,
  commence: string | number | null,
  home: string | null,
  away: string | null,
];

/** A line for each outcome; one without any where the market went. */
function asCsv(
  head: Head,
  { bookmaker, market, at, seen_before }: ExportRow,
  outcomes: Outcome[] | null,
): string {
  const times = [new Date(at).toISOString(), isoOf(seen_before)].map(cell);
  const common = [...[...head, bookmaker, market].map(nameCell), ...times].join(",");
  if (outcomes === null || outcomes.length === 0) return `${common},,,,\n`;
  return outcomes
    .map(({ name, description, price, point }) => {
      return `${common},${[nameCell(name), nameCell(description), cell(price), cell(point)].join(",")}\n`;
    })
    .join("");
}

function asJson(
  [event, commence_time, home_team, away_team]: Head,
  { bookmaker, market, at, seen_before }: ExportRow,
  outcomes: Outcome[] | null,
): string {
  const teams = { commence_time, home_team, away_team };
  return `${JSON.stringify({ event, ...teams, bookmaker, market, at, after: seen_before, outcomes })}\n`;
}

/** Names are the upstream's: one that begins so would be run as a formula by a spreadsheet (OWASP, "CSV injection"). */
const FORMULA = /^[=+\-@\t\r]/;

/** A text that no spreadsheet takes for a formula. */
function nameCell(name: unknown): string {
  return cell(typeof name === "string" && FORMULA.test(name) ? `'${name}` : name);
}

const isoOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** RFC 4180. */
function cell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
