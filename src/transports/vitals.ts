import { sentenceOf } from "../errors.js";
import type { RecordingState } from "../history/recording.js";
import type { Identity } from "../identity.js";
import type { Metrics } from "../metrics.js";
import { NOT_WATCHED } from "../polling/board-view.js";
import { creditsInShort } from "../polling/credit-report.js";
import type { OddsFeed, SportInShort } from "../polling/feed.js";
import type { Clients, Health, Phase, Readiness, StatusReport } from "../protocol/answers.js";
import type { RecentErrors } from "../recent-errors.js";
import { Gauges } from "./gauges.js";

/** What is read cannot be kept now; all else goes on. */
const HISTORY_DOWN = "HISTORY_DOWN";

const SERVED: ReadonlySet<SportInShort["status"]> = new Set(["live", "starting"]);

/** All that monitors and people ask of how the server is; computed from memory, as a probe must be cheap. */
export class Vitals {
  phase: Phase = "starting";
  private readonly began = performance.now();
  private readonly gauges: Gauges;

  constructor(
    private readonly feed: OddsFeed,
    private readonly identity: Identity,
    private readonly clients: () => Clients,
    private readonly metrics: Metrics,
    private readonly history: () => RecordingState | undefined = () => undefined,
    private readonly errors?: RecentErrors,
  ) {
    this.gauges = new Gauges(metrics, feed);
  }

  /** `GET /metrics`: all that is counted, and how all stands now, as Prometheus reads it. */
  async scrape(): Promise<{ contentType: string; text: string }> {
    this.gauges.set(this.identity.release, this.phase === "ready", this.clients());
    return { contentType: this.metrics.contentType, text: await this.metrics.text() };
  }

  /** Which server this is. */
  get release(): string {
    return this.identity.release;
  }

  /** `GET /health`: the process lives, and what it is doing. */
  health(): Health {
    const clients = this.clients();
    const degraded = this.degraded();
    return {
      status: "ok",
      uptime: Math.round((performance.now() - this.began) / 1000),
      phase: this.phase,
      ...this.identity,
      websocket: clients.socketio + clients.websocket,
      clients,
      source: this.feed.source,
      wanted: this.feed.wanted(),
      credits: creditsInShort(this.feed.creditReport()),
      ...(degraded.length > 0 ? { degraded } : {}),
    };
  }

  /** `GET /ready`: whether it should get traffic. */
  readiness(): { ready: boolean; body: Readiness } {
    const degraded = this.degraded();
    const body: Readiness = { status: this.phase, ...(degraded.length > 0 ? { degraded } : {}) };
    return { ready: this.phase === "ready", body };
  }

  /**
   * `GET /status`: one word, and what it is made of. `down`: it takes no traffic, or none of what is wanted is live.
   * Strangers get codes; an operator also gets the sentences, what is left of the credits, how many reads there were,
   * and the log's last errors.
   */
  status(isOperator: boolean): { word: StatusReport["status"]; body: StatusReport } {
    const sports = this.feed.sportsInShort();
    const upstream = this.feed.upstreamTrouble();
    const isServed =
      sports.length > 0
        ? sports.some(({ status, reason }) => SERVED.has(status) || reason === NOT_WATCHED)
        : upstream?.error.recovery !== "person";
    const reasons = this.degraded(sports);
    const word = this.phase !== "ready" || !isServed ? "down" : reasons.length > 0 ? "degraded" : "ok";
    const body: StatusReport = {
      status: word,
      phase: this.phase,
      ...this.identity,
      reasons,
      sports: sports.map(({ error: _, everyMs: __, ...sport }) => sport),
      upstream: upstream
        ? { status: "failing", reason: upstream.error.reason, nextTryAt: upstream.until }
        : { status: "ok", reason: null },
      redis: this.feed.connection,
      history: this.history()?.status ?? null,
      credits: isOperator ? creditsInShort(this.feed.creditReport()) : null,
      ...(isOperator ? this.forOperators(sports) : {}),
      timestamp: this.feed.now(),
    };
    return { word, body };
  }

  /** Why it is not all it should be, as codes; it should get traffic all the same. */
  private degraded(sports: readonly SportInShort[] = this.feed.sportsInShort()): string[] {
    const reasons = new Set<string>();
    if (this.feed.connection === "away") reasons.add("CLUSTER_UNAVAILABLE");
    if (this.history()?.status === "away") reasons.add(HISTORY_DOWN);
    const upstream = this.feed.upstreamTrouble();
    if (upstream) reasons.add(upstream.error.reason);
    // A sport that somebody has come to want again is on its way, like one that starts.
    for (const { reason } of sports) if (reason !== null && reason !== NOT_WATCHED) reasons.add(reason);
    return [...reasons];
  }

  private forOperators(sports: readonly SportInShort[]): Pick<StatusReport, "advice" | "reads" | "errors"> {
    const reads = { ...this.metrics.reads };
    return { advice: this.advice(sports), reads, errors: this.errors?.list() };
  }

  private advice(sports: readonly SportInShort[]): Record<string, string> {
    const troubles = [this.feed.upstreamTrouble()?.error, ...sports.map(({ error }) => error)];
    const { status, lastError } = this.history() ?? {};
    return Object.fromEntries([
      ...(status === "away" && lastError ? [[HISTORY_DOWN, lastError.message] as const] : []),
      ...troubles.flatMap((error) => (error ? [[error.reason, sentenceOf(error)] as const] : [])),
    ]);
  }
}
