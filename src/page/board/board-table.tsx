import { useMemo, useState } from "preact/hooks";
import type { ClientBoard } from "../../client/index.js";
import type { MarketKey } from "../../prices/index.js";
import type { ShowView } from "../use-view.js";
import type { View } from "../view.js";
import { duration } from "../words.js";
import type { BoardModel, Column } from "./board-model.js";
import type { EventModel } from "./event-model.js";
import { EventRows } from "./event-rows.js";
import { moveFocus } from "./move-focus.js";
import { type PointedAt, Readout } from "./readout.js";

interface BoardTableProps {
  readonly board: ClientBoard;
  readonly model: BoardModel;
  readonly events: readonly EventModel[];
  readonly market: MarketKey;
  readonly view: View;
  readonly show: ShowView;
  /** What time it is for the board, in ms since the epoch. */
  readonly nowMs: number;
  readonly isStale: boolean;
  /** How many events are held where they do not belong, as somebody points at the table; and what puts them right. */
  readonly waiting: number;
  readonly sortNow: () => void;
  readonly pointAt: (isPointedAt: boolean) => void;
}

/** The board as a table: events and their outcomes down, bookmakers across. */
export function BoardTable(props: BoardTableProps) {
  const { board, model, events, market, view, show, nowMs, isStale, waiting, sortNow, pointAt } = props;
  const [pointedAt, setPointedAt] = useState<PointedAt | null>(null);
  // Drawn anew only when a column comes or goes: ages are the head's own matter.
  const names = model.columns.map(({ key, title }) => `${key} ${title}`).join();
  const columns = useMemo(() => model.columns, [names]);
  const point = (target: EventTarget | null) => {
    const cell = target instanceof Element ? target.closest<HTMLElement>("td[data-bookmaker]") : null;
    const { event, outcome, bookmaker } = cell?.dataset ?? {};
    if (event === undefined || outcome === undefined || bookmaker === undefined) return;
    setPointedAt((before) =>
      before?.event === event && before.outcome === outcome && before.bookmaker === bookmaker
        ? before
        : { event, outcome, bookmaker },
    );
  };
  return (
    <>
      <section
        class="board"
        aria-label="The board"
        onPointerEnter={() => pointAt(true)}
        onPointerLeave={(event) => pointAt(event.currentTarget.contains(document.activeElement))}
        onFocusIn={() => pointAt(true)}
        onFocusOut={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) pointAt(false);
        }}
      >
        <table
          role="table"
          data-stale={isStale ? "" : undefined}
          data-lines={market === "spreads" || market === "totals" ? "" : undefined}
          style={{ "--columns": columns.length }}
          onPointerOver={(event) => point(event.target)}
          onFocusIn={(event) => point(event.target)}
          onKeyDown={(event) => moveFocus(event, event.currentTarget)}
        >
          <caption class="visually-hidden">
            Prices by outcome and bookmaker. Arrow keys go from price to price; what is known of the one that
            has the focus is told below the table.
          </caption>
          <thead role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader" class="name">
                {market === "outrights" ? "Runner" : "Game"}
              </th>
              <th scope="col" role="columnheader">
                Best
              </th>
              <th scope="col" role="columnheader">
                Fair
              </th>
              {model.columns.map((column) => (
                <BookmakerHead
                  key={column.key}
                  column={column}
                  nowMs={nowMs}
                  isReference={column.key === view.by}
                />
              ))}
            </tr>
          </thead>
          {events.map((event, place) => (
            <EventRows
              key={event.id}
              event={event}
              columns={columns}
              market={market}
              format={view.format}
              isInPlay={event.start <= nowMs}
              isFirst={place === 0}
              show={show}
            />
          ))}
        </table>
      </section>
      <div class="below">
        <Readout
          pointedAt={pointedAt}
          board={board}
          nowMs={nowMs}
          model={model}
          market={market}
          format={view.format}
        />
        {waiting > 0 && (
          <button type="button" onClick={sortNow}>
            {waiting === 1 ? "1 game waits for its place" : `${waiting} games wait for their place`}: sort now
          </button>
        )}
      </div>
    </>
  );
}

interface BookmakerHeadProps {
  readonly column: Column;
  readonly nowMs: number;
  readonly isReference: boolean;
}

function BookmakerHead({ column: { title, readAt }, nowMs, isReference }: BookmakerHeadProps) {
  return (
    <th scope="col" role="columnheader" class={isReference ? "reference" : undefined} title={title}>
      <span class="bookmaker">{title}</span>
      <span class="age">{readAt === null ? "" : `${duration(nowMs - readAt)} old`}</span>
    </th>
  );
}
