import { useCallback } from "preact/hooks";
import type {
  ClusterAnswer,
  CreditsAnswer,
  Health,
  HistoryStatus,
  StatusReport,
} from "../../client/index.js";
import { useAsked } from "../ask.js";
import { CreditsPanel } from "./credits-panel.js";
import { ErrorsPanel } from "./errors-panel.js";
import { HistoryPanel } from "./history-panel.js";
import { ProcessesPanel } from "./processes-panel.js";
import "./server.css";
import { ServerState } from "./server-state.js";
import { SportsPanel } from "./sports-panel.js";
import { useSeconds } from "./use-seconds.js";

/** How often it is asked what counts against no limit, in ms. */
const STATUS_MS = 5000;
/** How often what is under `/api/`, where a hundred requests are let through in 15 minutes. */
const API_MS = 60_000;
/** The history's size hardly moves. */
const HISTORY_MS = 300_000;

/** How the server is: what whoever runs it asks. */
export function ServerView({ token }: { readonly token: string | null }) {
  const status = useAsked<StatusReport>("/status", token, STATUS_MS);
  const health = useAsked<Health>("/health", null, STATUS_MS);
  const cluster = useAsked<ClusterAnswer>("/api/cluster", token, API_MS);
  const credits = useAsked<CreditsAnswer>("/api/odds/credits", token, API_MS);
  const isKept = status.answer !== undefined && status.answer.history !== null;
  const history = useAsked<HistoryStatus>(isKept ? "/api/odds/history/status" : null, token, HISTORY_MS);
  const asked = { status, health, cluster, credits, history };
  const nowMs = useSeconds();
  const questions = [status.again, health.again, cluster.again, credits.again, history.again];
  const lookAgain = useCallback(() => {
    for (const again of questions) again();
  }, questions);
  return (
    <div class="server">
      <ServerState asked={asked} nowMs={nowMs} lookAgain={lookAgain} />
      <SportsPanel status={status} credits={credits.answer} nowMs={nowMs} />
      <ProcessesPanel cluster={cluster} thisId={health.answer?.process} nowMs={nowMs} />
      <CreditsPanel credits={credits} health={health.answer} nowMs={nowMs} />
      <ErrorsPanel status={status} uptime={health.answer?.uptime} nowMs={nowMs} />
      <HistoryPanel history={history} status={status.answer} nowMs={nowMs} />
    </div>
  );
}
