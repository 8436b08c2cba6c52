import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Age, ClientBoard, SportState, SportsAnswer } from "../../client/index.js";
import type { MarketKey } from "../../prices/index.js";
import type { Announce } from "../announcer.js";
import type { Asked } from "../ask.js";
import { NotLive, useSpokenStatus } from "../not-live.js";
import type { ShowView } from "../use-view.js";
import type { View } from "../view.js";
import { reasonInWords } from "../words.js";
import { type BoardModel, BoardModels } from "./board-model.js";
import { BoardTable } from "./board-table.js";
import { nowOf } from "./board-times.js";
import type { EventModel } from "./event-model.js";
import { held, inOrder, misplaced } from "./order.js";
import { Toolbar } from "./toolbar.js";

interface BoardViewProps {
  readonly view: View;
  readonly show: ShowView;
  readonly sport: string | null;
  readonly state: SportState | undefined;
  readonly age: Age;
  readonly sports: Asked<SportsAnswer>;
  readonly announce: Announce;
}

/** A sport's board: what can be chosen, and the table. */
export function BoardView({ view, show, sport, state, age, sports, announce }: BoardViewProps) {
  const board = state?.board ?? null;
  const nowMs = board ? nowOf(board, age.ageMs) : 0;
  const markets = useMemo(() => marketsOf(board), [board?.version, board?.epoch]);
  const isTournament = sports.answer?.sports.some(({ key, has_outrights }) => key === sport && has_outrights);
  const market = view.market ?? usual(markets, isTournament === true);
  const model = useModel(state, view, market);
  const [isPointedAt, setPointedAt] = useState(false);
  const { shown, waiting, sortNow } = useOrder(board, model, nowMs, view, market, isPointedAt);
  useSpokenWord(state, model, announce);

  return (
    <>
      <Toolbar
        view={view}
        show={show}
        market={market}
        markets={markets}
        bookmakers={model?.bookmakers ?? []}
      />
      {model && shown.length > 0 ? (
        <BoardTable
          model={model}
          events={shown}
          market={market}
          view={view}
          show={show}
          board={board as ClientBoard}
          nowMs={nowMs}
          isStale={state?.stale ?? true}
          waiting={waiting}
          sortNow={sortNow}
          pointAt={setPointedAt}
        />
      ) : (
        <p class="empty">{nothingToShow(sport, state, model, view)}</p>
      )}
      {/* Below: what comes above the rows would move them under the pointer. */}
      <NotLive state={state} />
    </>
  );
}

/** Which markets any bookmaker of a board has. */
function marketsOf(board: ClientBoard | null): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { bookmakers } of board?.odds ?? [])
    for (const { markets } of bookmakers) for (const { key } of markets) found.add(key);
  return found;
}

function usual(markets: ReadonlySet<string>, isTournament: boolean): MarketKey {
  return isTournament || (markets.has("outrights") && !markets.has("h2h")) ? "outrights" : "h2h";
}

function useModel(state: SportState | undefined, view: View, market: MarketKey): BoardModel | null {
  const models = useRef<BoardModels | undefined>(undefined);
  models.current ??= new BoardModels();
  const { method, by, hidden } = view;
  const board = state?.board ?? null;
  const isLive = state?.status === "live";
  return useMemo(
    () => board && (models.current?.next(board, isLive, { market, method, by, hidden }) ?? null),
    [board, isLive, market, method, by, hidden.join()],
  );
}

/** The events in order. While somebody points at the table none of them moves; how many wait is told. */
function useOrder(
  board: ClientBoard | null,
  model: BoardModel | null,
  nowMs: number,
  view: View,
  market: MarketKey,
  isHeld: boolean,
): { shown: readonly EventModel[]; waiting: number; sortNow: () => void } {
  const [, again] = useState(0);
  const last = useRef<{ of: string; ids: readonly string[]; known: Map<string, EventModel> }>({
    of: "",
    ids: [],
    known: new Map(),
  });
  if (!board || !model) return { shown: [], waiting: 0, sortNow: () => {} };
  const sought = view.find.trim().toLowerCase();
  const wanted = inOrder(
    [...model.events.values()].filter((event) => {
      return (!view.inPlay || event.start <= nowMs) && (sought === "" || isAbout(event, sought));
    }),
    nowMs,
  );
  const of = JSON.stringify([board.sport, market, sought, view.inPlay]);
  const ids = isHeld && last.current.of === of ? held(last.current.ids, wanted) : wanted;
  const known = new Map(
    ids.flatMap((id) => {
      const event = model.events.get(id) ?? gone(last.current.known.get(id));
      return event ? [[id, event] as const] : [];
    }),
  );
  last.current = { of, ids, known };
  return {
    shown: [...known.values()],
    waiting: misplaced(ids, wanted),
    sortNow: () => {
      last.current = { ...last.current, of: "" };
      again((count) => count + 1);
    },
  };
}

function isAbout({ home, away, title, rows }: EventModel, sought: string): boolean {
  const names = [home, away, title, ...rows.map(({ name }) => name)];
  return names.some((name) => name?.toLowerCase().includes(sought));
}

/** An event that left the board while it was pointed at: its place stays, its prices do not. */
function gone(event: EventModel | undefined): EventModel | undefined {
  if (!event || event.offers.size === 0) return event;
  const rows = event.rows.map((row) => ({ ...row, best: undefined, fair: undefined, cells: new Map() }));
  return { ...event, rows, offers: new Map(), bestHold: undefined, noFair: "NO_OFFER" };
}

/** Tells a screen reader of a board that cannot be relied on any more, and of prices that moved. */
function useSpokenWord(state: SportState | undefined, model: BoardModel | null, announce: Announce): void {
  useSpokenStatus(state, announce);
  useEffect(() => {
    const moves = model?.moves ?? 0;
    if (moves > 0) announce(moves === 1 ? "One price moved." : `${moves} prices moved.`);
  }, [model]);
}

function nothingToShow(
  sport: string | null,
  state: SportState | undefined,
  model: BoardModel | null,
  view: View,
): string {
  if (sport === null)
    return "Choose a sport. It is then read for you, which costs credits while somebody looks at it.";
  if (!state || !model) {
    const why = state?.error?.message ?? reasonInWords(state?.reason ?? null);
    return why === "" ? "Waiting for the first odds…" : `${why} ${state?.error?.hint ?? ""}`;
  }
  if (model.events.size === 0) return "There are no games of this sport at the moment.";
  if (view.inPlay && view.find === "") return "No game is in play.";
  return `Nothing is called “${view.find}”${view.inPlay ? " and in play" : ""}.`;
}
