import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  type HistoryAnswer,
  HistoryError,
  type HistoryLines,
  history,
  type OddsHistory,
  type StatusReport,
} from "../../client/index.js";
import type { MarketKey } from "../../prices/index.js";
import { useAsked } from "../ask.js";

/** So many changes of each bookmaker are asked for. */
const POINTS = 500;
/** So many of all bookmakers the server answers. */
const MAX_CHANGES = 10_000;

/** What the history was asked, and what it said. */
export interface Asked<T> {
  readonly answer: T | undefined;
  /** Why there is no answer; null where there is one, or none yet. */
  readonly problem: HistoryError | null;
  readonly isAsking: boolean;
  /** Asks again, where there was no answer. */
  readonly again: () => void;
}

/** The history of this server, for who has this token; null where it keeps none, undefined while that is not known. */
export function useHistory(token: string | null): OddsHistory | null | undefined {
  const { answer, problem } = useAsked<StatusReport>("/status", token);
  // Where that cannot be had, the history itself is to tell.
  const isKept = answer ? answer.history !== null : problem !== null || undefined;
  return useMemo(() => {
    if (!isKept) return isKept === undefined ? undefined : null;
    return history(location.origin, token === null ? {} : { token: () => token });
  }, [isKept, token]);
}

type Past = OddsHistory | null | undefined;

/** Opening, highest, lowest and closing prices of all markets of an event: asked for once. */
export function usePastLines(past: Past, sport: string, event: string): Asked<HistoryLines> {
  return useOnce("lines", past && (() => past.lines(sport, event)));
}

/** How a market of an event moved: asked for once for each market that is looked at; null: for none. */
export function usePastChanges(
  past: Past,
  sport: string,
  event: string,
  market: MarketKey | null,
): Asked<HistoryAnswer> {
  return useOnce(market, past && ((of) => past.points(sport, event, { market: of, points: POINTS })));
}

/** Whether the server may have left changes out of an answer. */
export function isThinned(answer: HistoryAnswer | undefined): boolean {
  const counts = new Map<string, number>();
  for (const { bookmaker } of answer?.changes ?? []) counts.set(bookmaker, (counts.get(bookmaker) ?? 0) + 1);
  const room = Math.min(POINTS, Math.floor(MAX_CHANGES / counts.size));
  return [...counts.values()].some((count) => count >= room);
}

/** The answer under a name. Answers are limited, so what was answered is not asked again. */
function useOnce<Name extends string, T>(
  name: Name | null,
  ask: ((name: Name) => Promise<T>) | null | undefined,
): Asked<T> {
  const known = useRef(new Map<Name, T>());
  const [tries, setTries] = useState(0);
  const [, draw] = useState(0);
  const [wrong, setWrong] = useState<{ readonly name: Name; readonly problem: HistoryError } | null>(null);
  useEffect(() => {
    if (name === null || !ask || known.current.has(name)) return;
    let isGone = false;
    setWrong(null);
    ask(name).then(
      (answer) => {
        known.current.set(name, answer);
        if (!isGone) draw((count) => count + 1);
      },
      (error: unknown) => isGone || setWrong({ name, problem: asHistoryError(error) }),
    );
    return () => {
      isGone = true;
    };
  }, [name, tries, Boolean(ask)]);
  const answer = name === null ? undefined : known.current.get(name);
  const problem = wrong?.name === name ? wrong.problem : null;
  return {
    answer,
    problem,
    isAsking: name !== null && ask !== null && answer === undefined && problem === null,
    again: () => setTries((count) => count + 1),
  };
}

function asHistoryError(error: unknown): HistoryError {
  if (error instanceof HistoryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HistoryError({ code: "NO_ANSWER", message, hint: "", at: Date.now() });
}
