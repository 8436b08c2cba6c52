import type { HistoryStatus, StatusReport } from "../../client/index.js";
import type { Asked } from "../ask.js";
import { duration, moment } from "../words.js";
import { Panel } from "./panel.js";
import { count, counted, size } from "./server-words.js";

interface HistoryPanelProps {
  readonly history: Asked<HistoryStatus>;
  readonly status: StatusReport | undefined;
  readonly nowMs: number;
}

const ENGINES = { sqlite: "SQLite", postgres: "PostgreSQL" } as const;

/** Whether prices are kept, in what, how much of them, and what went wrong with that last. */
export function HistoryPanel({ history, status, nowMs }: HistoryPanelProps) {
  if (status?.history === null) {
    return (
      <section class="panel history" aria-labelledby="history-title">
        <div class="panel-head">
          <h2 id="history-title">History</h2>
        </div>
        <p class="muted">No history is kept: HISTORY is off, or several processes share no PostgreSQL.</p>
      </section>
    );
  }
  return (
    <Panel id="history" title="History" asked={history} nowMs={nowMs} isAskedApart>
      {({ engine, bytes, rows, oldest, queue, lastError }) => (
        <dl class="facts">
          <dt>Kept in</dt>
          <dd>{ENGINES[engine]}</dd>
          <dt>Size</dt>
          <dd>{`${size(bytes)}, ${counted(rows, "row")}`}</dd>
          <dt>Oldest reading</dt>
          <dd>{oldest === null ? "none yet" : `${moment(oldest)}, ${duration(Date.now() - oldest)} ago`}</dd>
          <dt>Waiting</dt>
          <dd>
            {queue.readings === 0
              ? "nothing: all is stored"
              : `${count(queue.readings)} readings, ${size(queue.bytes)}`}
          </dd>
          <dt>Last failure</dt>
          <dd>
            {lastError === null ? "none since the start" : moment(lastError.at)}
            {lastError?.message !== undefined && <span class="why">{lastError.message}</span>}
          </dd>
        </dl>
      )}
    </Panel>
  );
}
