import type { ClusterAnswer } from "../../client/index.js";
import type { Asked } from "../ask.js";
import { Panel, Scrolling } from "./panel.js";
import { processRows } from "./processes.js";
import { count } from "./server-words.js";

interface ProcessesPanelProps {
  readonly cluster: Asked<ClusterAnswer>;
  /** The id of the process that answered; undefined while that is not known. */
  readonly thisId: string | undefined;
  readonly nowMs: number;
}

/** The processes that share these boards: whom each serves, what those want, and which of them reads. */
export function ProcessesPanel({ cluster, thisId, nowMs }: ProcessesPanelProps) {
  return (
    <Panel id="processes" title="Processes" asked={cluster} nowMs={nowMs} isAskedApart>
      {({ processes }) => {
        const rows = processRows(processes, thisId);
        return (
          <>
            {rows.some(({ isOther }) => isOther) && (
              <p class="notice">
                Not all run the same release: a rollout is under way, or one was left behind.
              </p>
            )}
            {!rows.some(({ reader }) => reader) && (
              <p class="notice">None of them reads just now: one takes that over within seconds.</p>
            )}
            <Scrolling label="Processes">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Process</th>
                    <th scope="col">Port</th>
                    <th scope="col">Role</th>
                    <th scope="col" class="number">
                      Clients
                    </th>
                    <th scope="col">Release</th>
                    <th scope="col">Its clients want</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ id, port, release, clients, wanted, reader, isThis, isOther }) => (
                    <tr key={id}>
                      <th scope="row">
                        <code>{id}</code> {isThis && <span class="badge">answers this page</span>}
                      </th>
                      <td>{port ?? "–"}</td>
                      <td>{reader ? <strong>reads</strong> : "follows"}</td>
                      <td class="number">{count(clients)}</td>
                      <td>
                        <code>{release ?? "unknown"}</code>{" "}
                        {isOther && <span class="badge other">another release</span>}
                      </td>
                      <td class="wanted">
                        <Wanted sports={wanted} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Scrolling>
          </>
        );
      }}
    </Panel>
  );
}

/** So many sports are named at once; more would make the row the longest thing on the page. */
const NAMED = 4;

function Wanted({ sports }: { readonly sports: readonly string[] }) {
  if (sports.length === 0) return "nothing";
  const names = sports.join(", ");
  if (sports.length <= NAMED) return names;
  return (
    <details>
      <summary>{`${count(sports.length)} sports`}</summary>
      {names}
    </details>
  );
}
