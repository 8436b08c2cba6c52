import { useMemo, useRef } from "preact/hooks";
import type { Age, BoardEvent, HistoryCoverage, SportState } from "../../client/index.js";
import { type MarketKey, type OddsFormat, oddsFormatOf } from "../../prices/index.js";
import { inMs, nowOf } from "../board/board-times.js";
import type { View } from "../view.js";
import { nameOfEvent } from "../words.js";
import { type Change, type Course, coursesOf, type Gap, type Run, runsOf } from "./event-courses.js";
import { gapsOf } from "./event-gaps.js";
import { LiveEvent, readAtOfBoard } from "./event-live.js";
import { marketsOf, outcomesOf } from "./event-outcomes.js";
import { type Asked, isThinned, useHistory, usePastChanges, usePastLines } from "./event-past.js";
import { type BookmakerRow, rowsOf } from "./event-prices.js";
import type { Span } from "./zoom.js";

/** All that is known of one outcome of an event, by the history and live. Moments are in ms since the epoch. */
export interface EventSeen {
  readonly name: string;
  /** NaN where it is not known. */
  readonly start: number;
  readonly isOnBoard: boolean;
  readonly market: MarketKey | null;
  readonly markets: readonly MarketKey[];
  readonly outcome: string | null;
  readonly outcomes: readonly string[];
  readonly courses: readonly Course[];
  readonly runs: ReadonlyMap<string, readonly Run[]>;
  readonly rows: readonly BookmakerRow[];
  readonly gaps: readonly Gap[];
  readonly now: number;
  /** Up to when prices may be relied on. */
  readonly end: number;
  readonly isLive: boolean;
  /** From the first that is known to now. */
  readonly all: Span;
  readonly titleOf: (bookmaker: string) => string;
  /** How many bookmakers are left out as the view hides them. */
  readonly hidden: number;
  readonly past: Pick<Asked<unknown>, "problem" | "isAsking" | "again"> & { readonly isKept: boolean };
  /** Whether there were more changes than are kept here. */
  readonly isThinned: boolean;
}

/** A chart of less time than this (ms) says nothing. */
const SHORTEST_MS = 60_000;

const NOT_ASKED: readonly HistoryCoverage[] = [];

interface EventOf {
  readonly view: View;
  readonly sport: string;
  readonly eventId: string;
  readonly state: SportState | undefined;
  readonly age: Age;
  readonly token: string | null;
}

/** Puts together what the history says of an event and what comes of it live. */
export function useEvent({ view, sport, eventId, state, age, token }: EventOf): EventSeen {
  const live = useLive(eventId, state);
  const board = state?.board ?? null;
  const listed = board?.odds.find(({ id }) => id === eventId);
  const lastListed = useRef<BoardEvent | undefined>(undefined);
  if (listed) lastListed.current = listed;
  const event = listed ?? lastListed.current;

  const past = useHistory(token);
  const lines = usePastLines(past, sport, eventId);
  const markets = useMemo(() => marketsOf(event, lines.answer), [event, lines.answer]);
  const market = view.market ?? markets[0] ?? null;
  const changed = usePastChanges(past, sport, eventId, market);

  const { changes, format } = useMemo(() => {
    const all: Change[] = [...(changed.answer?.changes ?? []), ...(market ? live.changes(market) : [])];
    return { changes: all, format: formatOf(all) };
  }, [changed.answer, market, state]);
  const outcomes = useMemo(
    () => (market ? outcomesOf(changes, market, format, event) : []),
    [changes, market, format, event],
  );
  const outcome = outcomes.find((name) => name === view.outcome) ?? outcomes[0] ?? null;

  const titles = useMemo(() => titlesOf(state), [board?.version, board?.epoch]);
  const titleOf = (bookmaker: string) => titles.get(bookmaker) ?? bookmaker;
  const offered = useMemo(
    () => (outcome === null ? [] : coursesOf(changes, outcome, format)),
    [changes, outcome, format],
  );
  const courses = useMemo(
    () =>
      offered
        .filter(({ bookmaker }) => !view.hidden.includes(bookmaker))
        .sort((one, other) => titleOf(one.bookmaker).localeCompare(titleOf(other.bookmaker), "en")),
    [offered, view.hidden.join(), titles],
  );

  const coverage = changed.answer?.coverage ?? NOT_ASKED;
  const isLive = state?.status === "live";
  const now = board ? nowOf(board, age.ageMs) : (coverage.at(-1)?.to ?? Date.now());
  const end = isLive || !board ? now : readAtOfBoard(board);
  const gaps = useMemo(
    () => gapsOf(coverage, live.gaps, live.readings[0] ?? null, now),
    [coverage, state, now],
  );
  const runs = useMemo(
    () => new Map(courses.map((course) => [course.bookmaker, runsOf(course, gaps, end)])),
    [courses, gaps, end],
  );
  const start = event ? inMs(event.commence_time) : (lines.answer?.start ?? Number.NaN);
  const rows = useMemo(
    () =>
      market === null || outcome === null
        ? []
        : rowsOf({
            ...{ courses, gaps, lines: lines.answer, event: listed, market, outcome, format },
            ...{ end, isLive, start, readBeforeStart: live.readingBefore(start) },
          }),
    [courses, gaps, lines.answer, listed, market, outcome, format, end, isLive, start],
  );
  const first = changed.answer
    ? Math.min(...courses.flatMap(({ steps }) => steps[0]?.at ?? []), now)
    : (live.readings[0] ?? now);
  return {
    name: event ? nameOfEvent(event) : nameOfOutcomes(market, outcomes),
    start,
    isOnBoard: listed !== undefined,
    ...{ market, markets, outcome, outcomes, courses, runs, rows, gaps, now, end, isLive, titleOf },
    all: { from: Math.min(first, now - SHORTEST_MS), to: now },
    hidden: offered.length - courses.length,
    past: {
      isKept: past !== null,
      problem: changed.problem ?? lines.problem,
      isAsking: changed.isAsking || (market === null && lines.isAsking),
      again: () => {
        lines.again();
        changed.again();
      },
    },
    isThinned: live.isThinned || isThinned(changed.answer),
  };
}

function useLive(eventId: string, state: SportState | undefined): LiveEvent {
  const live = useRef<LiveEvent | undefined>(undefined);
  live.current ??= new LiveEvent(eventId);
  const current = live.current;
  return useMemo(() => {
    if (state) current.take(state);
    return current;
  }, [state]);
}

function formatOf(changes: readonly Change[]): OddsFormat {
  function* prices() {
    for (const { outcomes } of changes) for (const { price } of outcomes ?? []) yield price;
  }
  return oddsFormatOf(prices());
}

function titlesOf(state: SportState | undefined): ReadonlyMap<string, string> {
  const titles = new Map<string, string>();
  for (const { bookmakers } of state?.board?.odds ?? [])
    for (const { key, title } of bookmakers) if (title) titles.set(key, title);
  return titles;
}

/** An event that has left the board is called by those whom bets are on. */
function nameOfOutcomes(market: MarketKey | null, outcomes: readonly string[]): string {
  const sides = outcomes.filter((name) => name !== "Draw");
  return (market === "h2h" || market === "spreads") && sides.length === 2 ? sides.join(" – ") : "Event";
}
