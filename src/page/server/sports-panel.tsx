import type { CreditsAnswer, StatusReport } from "../../client/index.js";
import type { Asked } from "../ask.js";
import { duration, reasonInWords } from "../words.js";
import { Panel, Scrolling } from "./panel.js";
import { count, due } from "./server-words.js";

interface SportsPanelProps {
  readonly status: Asked<StatusReport>;
  readonly credits: CreditsAnswer | undefined;
  readonly nowMs: number;
}

/** The sports that are being read: how each is, how old its board, when it is read next, and what that costs. */
export function SportsPanel({ status, credits, nowMs }: SportsPanelProps) {
  return (
    <Panel id="sports" title="Sports wanted" asked={status} nowMs={nowMs}>
      {({ sports, timestamp }, sinceMs) =>
        sports.length === 0 ? (
          <p class="muted">No sport is wanted now, so none is read.</p>
        ) : (
          <Scrolling label="Sports wanted">
            <table>
              <thead>
                <tr>
                  <th scope="col">Sport</th>
                  <th scope="col">Status</th>
                  <th scope="col" class="number">
                    Age
                  </th>
                  <th scope="col" class="number">
                    Next read
                  </th>
                  <th scope="col" class="number">
                    Every
                  </th>
                  <th scope="col" class="number">
                    Credits a read
                  </th>
                </tr>
              </thead>
              <tbody>
                {sports.map(({ sport, status: word, reason, ageMs, nextFetchAt }) => {
                  const cost = credits?.sports[sport];
                  return (
                    <tr key={sport}>
                      <th scope="row">{sport}</th>
                      <td>
                        <span class="sport-status" data-status={word}>
                          {word}
                        </span>
                        {reason !== null && <span class="why">{reasonInWords(reason)}</span>}
                      </td>
                      <td class="number">{ageMs === null ? "–" : duration(ageMs + sinceMs)}</td>
                      <td class="number">{due(nextFetchAt, timestamp + sinceMs)}</td>
                      <td class="number">{cost ? duration(cost.everyMs) : "–"}</td>
                      <td class="number">{cost ? (cost.cost === 0 ? "none" : count(cost.cost)) : "–"}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </Scrolling>
        )
      }
    </Panel>
  );
}
