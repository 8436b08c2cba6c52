import { useMemo, useState } from "preact/hooks";
import type { MarketKey } from "../../prices/index.js";
import type { View } from "../view.js";
import { MARKET_NAMES } from "../words.js";
import { Chart } from "./chart.js";
import { ChartKey } from "./chart-key.js";
import { lookOf } from "./chart-look.js";
import { gapAt, nextChange } from "./event-courses.js";
import { frameOf } from "./event-frame.js";
import { EventGapsList } from "./event-gaps-list.js";
import { readingsAt } from "./event-prices.js";
import { EventReadout, spoken } from "./event-readout.js";
import { EventTable } from "./event-table.js";
import type { EventSeen } from "./use-event.js";
import { ALL, including, showing, shownBy, type Zoom, zoomed } from "./zoom.js";
import { ZoomButtons } from "./zoom-buttons.js";

interface MovementProps {
  readonly seen: EventSeen;
  readonly view: View;
  readonly market: MarketKey;
  readonly outcome: string;
}

/** What is told of, and whether keys went there: a pointer's moment is where the pointer is. */
interface Pointed {
  readonly ms: number;
  readonly byKeys: boolean;
}

/** How one outcome's prices moved: the chart, what they were at a moment, and the table that says the same. */
export function Movement({ seen, view, market, outcome }: MovementProps) {
  const { format } = view;
  const { courses, runs, rows, gaps, start, now, end, isLive, all, titleOf } = seen;
  const [zoom, setZoom] = useState<Zoom>(ALL);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [pointedAt, setPointedAt] = useState<string | null>(null);
  const [pinned, setPinned] = useState<readonly string[]>([]);
  const shown = shownBy(zoom, all);
  const ms = pointed?.ms ?? end;
  const keysMs = pointed?.byKeys ? pointed.ms : null;

  const frame = useMemo(
    () =>
      frameOf({
        ...{ courses, runs, rows, gaps, start, now, market, format, pinned, pointedAt, titleOf },
        shown,
        moment: keysMs,
      }),
    [courses, runs, rows, gaps, start, now, shown.from, shown.to, market, format, pinned, pointedAt, keysMs],
  );
  const stale = useMemo(
    () => new Set(rows.filter(({ isStale }) => isStale).map(({ bookmaker }) => bookmaker)),
    [rows],
  );
  // What is stale now may have been fresh at an earlier moment.
  const counts = (bookmaker: string) => isLive && !stale.has(bookmaker);
  const readings = readingsAt(courses, gaps, ms, pointed ? undefined : counts);
  const best = rows.find(({ isBest }) => isBest)?.bookmaker;
  const told = { readings, ms, now, gap: gapAt(gaps, ms), market, format, titleOf };

  const pin = (bookmaker: string) =>
    setPinned((before) =>
      before.includes(bookmaker) ? before.filter((each) => each !== bookmaker) : [...before, bookmaker],
    );
  const zoomBy = (factor: number) => setZoom(zoomed(shown, all, factor, pointed?.ms ?? shown.to));
  const goTo = (to: number) => {
    setPointed({ ms: to, byKeys: true });
    const wanted = including(to, shown, all);
    if (wanted) setZoom(wanted);
  };
  const press = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const act = {
      ArrowLeft: () => goTo(nextChange(courses, ms, "back") ?? ms),
      ArrowRight: () => goTo(nextChange(courses, ms, "on") ?? end),
      Home: () => goTo(nextChange(courses, Number.NEGATIVE_INFINITY, "on") ?? all.from),
      End: () => goTo(end),
      "+": () => zoomBy(0.5),
      "=": () => zoomBy(0.5),
      "-": () => zoomBy(2),
      "0": () => setZoom(ALL),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  return (
    <div class="movement">
      <section class="chart-part" aria-label="Chart">
        <ZoomButtons zoom={zoom} zoomBy={zoomBy} choose={setZoom} start={start} now={now} />
        <Chart
          frame={frame}
          handlers={{
            point: (at, bookmaker) => {
              setPointed(at === null ? null : { ms: at, byKeys: false });
              setPointedAt(bookmaker);
            },
            zoom: (wanted) => setZoom(showing(wanted, all)),
            showAll: () => setZoom(ALL),
            pin,
          }}
          all={all}
          moment={ms}
          words={keysMs === null ? undefined : spoken(told)}
          label={`${MARKET_NAMES[market]}, ${outcome}: prices over time`}
          describedBy="chart-keys"
          press={press}
        />
        <ChartKey
          best={best === undefined ? undefined : titleOf(best)}
          hasGaps={gaps.length > 0}
          hasClose={rows.some(({ closing }) => closing && "price" in closing)}
          hasLines={market === "spreads" || market === "totals"}
        />
        <EventReadout
          {...told}
          isLatest={pointed === null}
          isLive={isLive}
          absent={courses.flatMap(({ bookmaker }) =>
            readings.some((each) => each.bookmaker === bookmaker) ? [] : bookmaker,
          )}
          openingOf={(bookmaker) => rows.find((row) => row.bookmaker === bookmaker)?.opening}
          lookOf={(bookmaker) => lookOf(bookmaker, pinned, best)}
          pointedAt={pointedAt}
        />
      </section>
      <section class="table-part" aria-label="The same as a table">
        <EventTable
          rows={rows}
          caption={`${MARKET_NAMES[market]}, ${outcome}`}
          nowMs={now}
          isStale={!isLive}
          market={market}
          format={format}
          titleOf={titleOf}
          lookOf={(bookmaker) => lookOf(bookmaker, pinned, best)}
          pointedAt={pointedAt}
          pointAt={setPointedAt}
          pinned={pinned}
          pin={pin}
        />
        <EventGapsList gaps={gaps} now={now} />
      </section>
    </div>
  );
}
