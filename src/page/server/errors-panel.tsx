import type { StatusReport } from "../../client/index.js";
import type { Asked } from "../ask.js";
import { duration, moment } from "../words.js";
import { Panel } from "./panel.js";
import { count } from "./server-words.js";

interface ErrorsPanelProps {
  readonly status: Asked<StatusReport>;
  /** How long the process is up, in seconds; undefined while that is not known. */
  readonly uptime: number | undefined;
  readonly nowMs: number;
}

/** What the log last complained of, for operators. */
export function ErrorsPanel({ status, uptime, nowMs }: ErrorsPanelProps) {
  return (
    <Panel id="errors" title="The last errors" asked={status} nowMs={nowMs}>
      {({ errors }) => {
        if (!errors) {
          return (
            <p class="muted">
              They are for operators: open this page on the server's own machine, or with a token that has the
              scope admin.
            </p>
          );
        }
        if (errors.length === 0) {
          return (
            <p class="muted">
              {`No warning and no error${uptime === undefined ? "" : ` in the ${duration(uptime * 1000)} since the start`}.`}
            </p>
          );
        }
        return (
          <ol>
            {errors.map(({ at, level, message, count: times, sport }) => (
              <li key={`${level} ${message}`}>
                <time dateTime={new Date(at).toISOString()}>{moment(at)}</time>
                <span class="level" data-level={level}>
                  {level === "error" ? "Error" : "Warning"}
                </span>
                <p>
                  {message}
                  {sport !== undefined && !message.includes(sport) && <span class="muted"> ({sport})</span>}
                </p>
                <span class="times">{times === 1 ? "once" : `${count(times)} times`}</span>
              </li>
            ))}
          </ol>
        );
      }}
    </Panel>
  );
}
