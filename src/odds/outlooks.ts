import { SourceError } from "../errors.js";
import type { Backoff } from "./backoff.js";
import type { BoardStore } from "./board-store.js";
import type { Credits } from "./credits.js";
import type { Cluster, Outlook, Trouble } from "./ports.js";
import type { Schedule } from "./schedule.js";

/** What outlooks are reckoned from; `tickMs` is the time between two ticks. */
export interface OutlookParts {
  readonly cluster: Cluster;
  readonly boards: BoardStore;
  readonly backoff: Backoff;
  readonly credits: Credits;
  readonly schedule: Schedule;
  /** What a read of a sport costs, in credits. */
  readonly cost: (sport: string) => number;
  /** Whether a read of a sport is under way here. */
  readonly isReading: (sport: string) => boolean;
  readonly tickMs: number;
  readonly now?: () => number;
}

/** How the reading of each sport goes: by our own books where this process reads, else by the reader's last word. */
export class Outlooks {
  private readonly heard = new Map<string, Outlook>();
  private readonly now: () => number;

  constructor(private readonly parts: OutlookParts) {
    this.now = parts.now ?? Date.now;
  }

  /** Takes down the reader's word on a sport. */
  hear(sport: string, outlook: Outlook): void {
    this.heard.set(sport, outlook);
  }

  /** The reader's last word on a sport; undefined where there was none. */
  lastHeard(sport: string): Outlook | undefined {
    return this.heard.get(sport);
  }

  /** How the reading of a sport goes. */
  of(sport: string): Outlook {
    const { cluster, schedule } = this.parts;
    const now = this.now();
    const own = cluster.reads;
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
    const { backoff, boards, credits, cost, isReading, schedule, tickMs } = this.parts;
    const failed = backoff.trouble(sport);
    if (failed) return failed;
    const now = this.now();
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
