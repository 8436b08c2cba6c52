import { logError } from "../errors.js";
import type { Logger } from "../logger.js";
import { LEASE_MARGIN_MS, LEASE_MS } from "./lease.js";
import type { Node } from "./node.js";
import type { RedisLink } from "./redis-link.js";

/** Without an answer for this long (ms), a process is on its own: as long as a leader without one leads. */
const CONTACT_MS = LEASE_MS - LEASE_MARGIN_MS;

/** Whether this process is in touch with the others. What becomes of that is logged, each change once. */
export class Contact {
  /** When Redis last answered: that is, when what it answered was asked (ms on the monotonic clock). */
  private at = Number.NEGATIVE_INFINITY;
  private was = false;
  /** Why the last heartbeat failed. */
  private failure: unknown;

  constructor(
    private readonly node: Node,
    private readonly link: RedisLink,
    private readonly log: Logger,
  ) {}

  /** Whether Redis answered lately. */
  get stands(): boolean {
    return performance.now() - this.at < CONTACT_MS;
  }

  /** Redis answered what was asked at `askedAt` (ms on the monotonic clock). */
  made(askedAt: number): void {
    this.at = askedAt;
    this.look();
  }

  /** A heartbeat failed. */
  failed(error: unknown): void {
    this.failure = error;
    this.log.debug("A heartbeat failed", logError(error));
    this.link.complain(error);
  }

  /** Looks whether contact was made or lost, and says so. */
  look(): void {
    const { stands } = this;
    if (stands === this.was) return;
    this.was = stands;
    const { id, fleet } = this.node;
    if (stands) {
      this.link.recovered();
      this.log.info("In touch with the other processes", { process: id, fleet: fleet.name });
      return;
    }
    const what = this.link.isAnswer(this.failure)
      ? "Redis answers with errors: nothing is read, clients get the last boards as stale."
      : "Redis cannot be reached: nothing is read, clients get the last boards as stale. Look at REDIS_URL and Redis.";
    const reason = this.failure === undefined ? {} : { reason: logError(this.failure).error };
    this.log.error(what, { process: id, ...reason });
  }
}
