import type { ComponentChildren } from "preact";
import type { Age, ConnectionState, Health, OddsError, SportState } from "../client/index.js";
import { duration, reasonInWords } from "./words.js";

interface RailProps {
  readonly sport: string | null;
  readonly state: SportState | undefined;
  readonly age: Age;
  readonly connection: {
    readonly state: ConnectionState;
    readonly trouble: OddsError | null;
    /** By what Socket.IO goes; null without a connection. */
    readonly transport: "websocket" | "polling" | null;
  };
  readonly health: Health | undefined;
}

/** How far the board may be relied on, always in sight: source, status and why, age, version, connection, bill. */
export function Rail({ sport, state, age, connection, health }: RailProps) {
  const board = state?.board;
  const source = board?.source ?? health?.source;
  const status = statusOf(sport, state, connection.state);
  const nowMs = board && age.ageMs !== null ? board.fetchedAt + age.ageMs : undefined;
  return (
    <header class="rail" data-status={status.word}>
      {source === "simulated" && (
        <strong class="made-up">
          Simulated <span>— these prices are made up</span>
        </strong>
      )}
      {source === "replay" && (
        <strong class="made-up">
          Replay <span>— these prices are of the past</span>
        </strong>
      )}
      <p class="status">
        <span class="status-word">{status.word}</span>
        {status.why && <span class="status-why">{status.why}</span>}
      </p>
      <dl>
        {sport !== null && (
          <>
            <Fact name="Age">{age.ageMs === null ? "–" : duration(age.ageMs)}</Fact>
            <Fact name="Next read">{nextRead(board?.nextFetchAt, nowMs, state?.status)}</Fact>
            <Fact name="Version" title={board ? `Epoch ${board.epoch}` : undefined}>
              {board ? board.version : "–"}
            </Fact>
          </>
        )}
        <Fact name="Source">{source ?? "–"}</Fact>
        <Fact name="Connection">
          {connection.state}
          {connection.transport && ` by ${connection.transport}`}
        </Fact>
        <Fact name="Credits">{creditsOf(health)}</Fact>
      </dl>
    </header>
  );
}

interface FactProps {
  readonly name: string;
  readonly title?: string | undefined;
  readonly children: ComponentChildren;
}

function Fact({ name, title, children }: FactProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface StatusInWords {
  readonly word: string;
  readonly why: string;
}

function statusOf(
  sport: string | null,
  state: SportState | undefined,
  connection: ConnectionState,
): StatusInWords {
  if (sport === null) return { word: connection === "connected" ? "ready" : connection, why: "" };
  const why = reasonInWords(state?.reason ?? state?.error?.code ?? null);
  if (!state || state.status === null) return { word: why ? "no board" : "waiting", why };
  return { word: state.status, why: state.status === "live" ? "" : why };
}

function nextRead(
  at: number | undefined,
  nowMs: number | undefined,
  status: string | null | undefined,
): string {
  if (at === undefined || nowMs === undefined || status !== "live") return "–";
  return at <= nowMs ? "now" : `in ${duration(at - nowMs + 999)}`;
}

function creditsOf(health: Health | undefined): string {
  if (!health) return "–";
  if (health.source !== "the-odds-api") return "costs none";
  if (!health.credits) return "unknown";
  const { remaining, rate } = health.credits;
  return `${remaining.toLocaleString()} left · ${Math.round(rate)}/h`;
}
