import type { BoardStore } from "../board/store.js";
import { SourceError } from "../source-error.js";
import type { Backoff, Need } from "./backoff.js";
import { Clock } from "./clock.js";
import type { Cluster, PollStatus, Trouble } from "./cluster.js";
import type { Credits } from "./credits.js";
import type { Schedule } from "./schedule.js";

/** A sport of which the reader said nothing for so many ticks, and then this long (ms), is not being read. */
const SILENT_TICKS = 2;
const SILENT_MS = 1500;

/** What the statuses are reckoned from; `tickMs` is the time between two ticks. */
export interface PollStatusParts {
  readonly cluster: Cluster;
  readonly boards: BoardStore;
  readonly backoff: Backoff;
  readonly credits: Credits;
  readonly schedule: Schedule;
  /** What a read of a sport costs, in credits. */
  readonly cost: (sport: string) => number;
  /** What a read of a sport takes now. */
  readonly need: (sport: string) => Need;
  /** Whether a read of a sport is under way here. */
  readonly isReading: (sport: string) => boolean;
  readonly tickMs: number;
  readonly clock?: Clock;
}

/** How the reading of each sport goes: by our own books where this process reads, else by the reader's last word. */
export class PollStatuses {
  private readonly heard = new Map<string, PollStatus>();
  /** When the reader last told of a sport that it reads, in ms on the steady clock. */
  private readonly toldAt = new Map<string, number>();
  private readonly clock: Clock;

  constructor(private readonly parts: PollStatusParts) {
    this.clock = parts.clock ?? new Clock();
  }

  /** Takes down the reader's word on a sport; `told`: it was said just now. */
  hear(sport: string, pollStatus: PollStatus, told: boolean): void {
    this.heard.set(sport, pollStatus);
    if (told) this.toldAt.set(sport, this.clock.steady());
  }

  /** The reader's last word on a sport; undefined where there was none since this process itself last read. */
  lastHeard(sport: string): PollStatus | undefined {
    return this.heard.get(sport);
  }

  /** This process reads: what others said is of the past. */
  forget(): void {
    this.heard.clear();
    this.toldAt.clear();
  }

  /** The sports that another process is reading, by what it tells each tick. */
  readElsewhere(): string[] {
    const since = this.clock.steady() - SILENT_TICKS * this.parts.tickMs - SILENT_MS;
    return [...this.toldAt].filter(([, at]) => at > since).map(([sport]) => sport);
  }

  /** How the reading of a sport goes. */
  of(sport: string): PollStatus {
    const { cluster, schedule } = this.parts;
    const now = this.clock.now();
    const own = cluster.leads;
    const heard = own ? undefined : this.heard.get(sport);
    const trouble = cluster.connected ? (own ? this.troubleHere(sport) : heard?.trouble) : this.apart(now);
    const next = own ? schedule.nextAt(sport, now) : (heard?.nextFetchAt ?? now);
    return {
      nextFetchAt: Math.round(Math.max(next, trouble?.until ?? 0)),
      everyMs: own ? schedule.interval(sport) : (heard?.everyMs ?? schedule.interval(sport)),
      trouble,
    };
  }

  private troubleHere(sport: string): Trouble | undefined {
    const { backoff, boards, credits, cost, need, isReading, schedule, tickMs } = this.parts;
    const failed = backoff.trouble(sport, this.clock.steady(), need(sport));
    if (failed) return { error: failed.error, until: this.clock.wallOf(failed.until) };
    const now = this.clock.now();
    const next = schedule.nextAt(sport, now);
    const refusal = credits.refusal(cost(sport));
    if (refusal) return { error: refusal, until: next };
    const waits = !boards.get(sport) && !isReading(sport) && next > now + tickMs;
    return waits ? { error: notYet(), until: next } : undefined;
  }

  private apart(now: number): Trouble {
    const error = new SourceError(
      "CLUSTER_UNAVAILABLE",
      "This process cannot reach the others (Redis), so nothing new comes in. It goes on by itself when it can.",
      "retry",
    );
    return { error, until: now + this.parts.tickMs };
  }
}

/** There is no board of a sport, and nothing went wrong. */
export function notYet(): SourceError {
  return new SourceError(
    "UPSTREAM_FAILED",
    "There is no board of this sport yet: credits are being saved, and its first read has to wait.",
    "retry",
  );
}
