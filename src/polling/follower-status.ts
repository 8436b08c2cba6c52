import { SourceError } from "../source-error.js";
import type { Clock } from "./clock.js";
import type { Cluster, LeaderStatus, PollStatus, Trouble } from "./cluster.js";
import type { Credits } from "./credits.js";
import type { Schedule } from "./schedule.js";

/** A sport of which the leader said nothing for so many ticks, and then this long (ms), is not being read. */
const SILENT_TICKS = 2;
const SILENT_MS = 1500;

/** How the reading of each sport goes, by what the leader last told. */
export class FollowerStatuses {
  private readonly heard = new Map<string, PollStatus>();
  /** When the leader last told of a sport that it reads, in ms on the steady clock. */
  private readonly toldAt = new Map<string, number>();

  constructor(
    private readonly cluster: Cluster,
    private readonly credits: Credits,
    private readonly schedule: Schedule,
    private readonly tickMs: number,
    private readonly clock: Clock,
  ) {}

  /** Takes down what the leader told of a sport. */
  hear(sport: string, { pollStatus, quota, why }: LeaderStatus): void {
    this.heard.set(sport, pollStatus);
    if (why !== "kept") this.toldAt.set(sport, this.clock.steady());
    this.credits.hearOthers(quota);
  }

  /** Forgets what the leader told, and returns it, by sport: this process leads. */
  handOver(): ReadonlyMap<string, PollStatus> {
    const heard = new Map(this.heard);
    this.heard.clear();
    this.toldAt.clear();
    return heard;
  }

  /** The sports that the leader is reading, by what it tells each tick. */
  readElsewhere(): string[] {
    const since = this.clock.steady() - SILENT_TICKS * this.tickMs - SILENT_MS;
    return [...this.toldAt].filter(([, at]) => at > since).map(([sport]) => sport);
  }

  /** How the reading of a sport goes. */
  of(sport: string): PollStatus {
    const now = this.clock.now();
    const heard = this.heard.get(sport);
    const trouble = this.cluster.connected ? heard?.trouble : this.apart(now);
    return {
      nextFetchAt: Math.round(Math.max(heard?.nextFetchAt ?? now, trouble?.until ?? 0)),
      everyMs: heard?.everyMs ?? this.schedule.interval(sport),
      trouble,
    };
  }

  private apart(now: number): Trouble {
    const error = new SourceError(
      "CLUSTER_UNAVAILABLE",
      "This server cannot reach its other processes, so nothing new comes in. It goes on by itself when it can.",
      "retry",
    ).advised("Is Redis there, and is REDIS_URL right?");
    return { error, until: now + this.tickMs };
  }
}
