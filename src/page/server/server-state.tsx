import type {
  ClusterAnswer,
  CreditsAnswer,
  Health,
  HistoryStatus,
  StatusReport,
} from "../../client/index.js";
import type { Asked } from "../ask.js";
import { duration } from "../words.js";
import {
  count,
  counted,
  due,
  problemInWords,
  reasonsInWords,
  shortCount,
  size,
  stateInWords,
} from "./server-words.js";

/** All that the server is asked of itself. */
export interface ServerAsked {
  readonly status: Asked<StatusReport>;
  readonly health: Asked<Health>;
  readonly cluster: Asked<ClusterAnswer>;
  readonly credits: Asked<CreditsAnswer>;
  readonly history: Asked<HistoryStatus>;
}

interface ServerStateProps {
  readonly asked: ServerAsked;
  /** By `performance.now()`. */
  readonly nowMs: number;
  readonly lookAgain: () => void;
}

const WORDS = { ok: "OK", degraded: "Degraded", down: "Down" } as const;

/** In one word how the server is, why, and what to do about it; beneath, all else in a figure each. */
export function ServerState({ asked, nowMs, lookAgain }: ServerStateProps) {
  const { answer, answeredAt, problem } = asked.status;
  const sinceMs = Math.max(0, nowMs - (answeredAt ?? nowMs));
  return (
    <section
      class="panel state"
      aria-labelledby="state-title"
      data-status={problem ? "unknown" : answer?.status}
    >
      <div class="panel-head">
        <h2 id="state-title">The server</h2>
        {answeredAt !== undefined && <p class="as-of">{`as of ${duration(sinceMs)} ago`}</p>}
        <button type="button" onClick={lookAgain}>
          Look again
        </button>
      </div>
      <div class="state-now" role="status">
        <p class="state-word">{problem ? "No answer" : answer ? WORDS[answer.status] : "Asking…"}</p>
        <p>{problem ? problemInWords(problem) : answer && stateInWords(answer)}</p>
      </div>
      {answer && answer.reasons.length > 0 && <Reasons status={answer} />}
      <Figures asked={asked} sinceMs={sinceMs} />
      {asked.health.answer && <Identity health={asked.health.answer} />}
    </section>
  );
}

function Reasons({ status }: { readonly status: StatusReport }) {
  return (
    <ul class="reasons">
      {reasonsInWords(status).map(({ code, sentence, sports, advice }) => (
        <li key={code}>
          <p>
            <strong>{sentence}</strong> <code>{code}</code>
          </p>
          {sports.length > 0 && <p class="muted">{sports.join(", ")}</p>}
          {advice !== undefined && <p>{advice}</p>}
        </li>
      ))}
      {!status.advice && <li class="muted">What to do about it is for operators; see The last errors.</li>}
    </ul>
  );
}

function Figures({ asked, sinceMs }: { readonly asked: ServerAsked; readonly sinceMs: number }) {
  const status = asked.status.answer;
  const health = asked.health.answer;
  const processes = asked.cluster.answer?.processes;
  const credits = asked.credits.answer;
  const stored = asked.history.answer;
  const isOff = status?.history === null;
  return (
    <dl class="figures">
      <Figure name="Clients" value={health && count(health.websocket)}>
        {health &&
          `${count(health.clients.socketio)} Socket.IO, ${count(health.clients.websocket)} WebSocket`}
      </Figure>
      <Figure name="Processes" value={processes && count(processes.length)}>
        {processes ? processesInShort(processes) : refused(asked.cluster)}
      </Figure>
      <Figure name="Sports wanted" value={status && count(status.sports.length)}>
        {status && sportsInShort(status)}
      </Figure>
      <Figure name="Reads an hour" value={credits && count(readsAnHour(credits))}>
        {status && upstreamInShort(status, sinceMs)}
      </Figure>
      <Figure name="Credits left" value={health && creditsLeft(health, credits)}>
        {health && (creditsInShort(health, credits) ?? refused(asked.credits))}
      </Figure>
      <Figure name="History" value={isOff ? "off" : stored && size(stored.bytes)}>
        {isOff ? "nothing is kept" : stored && counted(stored.rows, "row")}
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string | undefined;
  readonly children: string | undefined;
}

function Figure({ name, value, children }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="figure">{value ?? "–"}</dd>
      <dd class="muted">{children ?? "\u00a0"}</dd>
    </div>
  );
}

function processesInShort(processes: ClusterAnswer["processes"]): string {
  if (processes.length === 1) return "by itself";
  const clients = processes.reduce((sum, each) => sum + each.clients, 0);
  return `${counted(clients, "client")} at all of them`;
}

/** What is told of what only operators may know. */
function refused({ problem }: Asked<unknown>): string | undefined {
  return problem?.status === 403 ? "for operators" : undefined;
}

function sportsInShort({ sports }: StatusReport): string {
  if (sports.length === 0) return "nobody watches";
  const words = ["live", "stale", "paused", "starting"] as const;
  return words
    .map((word) => [sports.filter(({ status }) => status === word).length, word] as const)
    .filter(([n]) => n > 0)
    .map(([n, word]) => `${count(n)} ${word}`)
    .join(", ");
}

function readsAnHour({ sports }: CreditsAnswer): number {
  return Object.values(sports).reduce(
    (sum, { everyMs, reason }) => sum + (reason === null ? 3_600_000 / everyMs : 0),
    0,
  );
}

function upstreamInShort(status: StatusReport, sinceMs: number): string {
  const { upstream, reads, reasons, timestamp } = status;
  if (upstream.status === "ok") {
    if (reads) return `${count(reads.ok)} done, ${count(reads.failed)} failed`;
    return reasons.length === 0 ? "all as planned" : "not all as planned";
  }
  return `failing; next try ${due(upstream.nextTryAt, timestamp + sinceMs)}`;
}

/** More credits have no room beside the other figures on a phone; the bill has them in full. */
const IN_FULL = 1e7;

function creditsLeft({ source }: Health, credits: CreditsAnswer | undefined): string | undefined {
  if (source !== "the-odds-api") return "none needed";
  const left = credits?.remaining ?? undefined;
  if (left === undefined) return undefined;
  return left < IN_FULL ? count(left) : shortCount(left);
}

function creditsInShort({ source }: Health, credits: CreditsAnswer | undefined): string | undefined {
  if (source === "simulated") return "simulated odds";
  if (source === "replay") return "odds of the past";
  if (!credits) return undefined;
  const { runsOutAt, resetAt, timestamp } = credits;
  if (runsOutAt !== null) return `gone in ${duration(runsOutAt - timestamp)}`;
  return resetAt === null ? "not known yet" : `reset in ${duration(resetAt - timestamp)}`;
}

const PHASES = { starting: "starting", ready: "ready", draining: "draining" } as const;

function Identity({ health }: { readonly health: Health }) {
  const { process, port, release, uptime, phase } = health;
  return (
    <p class="identity muted">
      <span>{`Process ${process}`}</span>
      {port !== undefined && <span>{`port ${port}`}</span>}
      <span>{`release ${release}`}</span>
      <span>{PHASES[phase]}</span>
      <span>{`up ${duration(uptime * 1000)}`}</span>
    </p>
  );
}
