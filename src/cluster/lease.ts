import { logError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { SourceError } from "../source-error.js";
import type { Node } from "./node.js";
import type { Peers } from "./peers.js";
import type { RedisLink } from "./redis-link.js";
import { RELEASE } from "./scripts.js";

/** The lease of a leader that says no more ends after this time (ms); then another process leads. */
export const LEASE_MS = 3000;
/** The leader itself stops this much sooner (ms), counted from when it asked: its clock and Redis' may differ a little. */
export const LEASE_MARGIN_MS = 500;
/** A process whose reads fail lets others lead for this long, in ms. */
const REST_MS = 5 * 60_000;
/** It leads meanwhile all the same, when nobody has for this long (ms): the others are gone, or rest as well. */
const SPARE_MS = 2000;

/** The right to lead, as far as this process knows of it. Times are ms on the monotonic clock. */
export class Lease {
  /** Whether this process leads at all; not once it stepped down. */
  private wanted = true;
  private held = "";
  private until = 0;
  /** Why reads fail here, if they might not elsewhere. */
  private ailment: SourceError | undefined;
  private restUntil = Number.NEGATIVE_INFINITY;
  /** The lease that was given up in order to rest: an answer under way may still name it. */
  private given = "";
  /** Since when nobody leads, as far as this process knows. */
  private freeSince = Number.POSITIVE_INFINITY;

  constructor(
    private readonly node: Node,
    private readonly peers: Peers,
    private readonly link: RedisLink,
    private readonly log: Logger,
  ) {}

  /** `process:fencing number`; undefined while it is not surely this process's. */
  get token(): string | undefined {
    return this.held !== "" && performance.now() < this.until ? this.held : undefined;
  }

  /** The same, whether or not its time is over; empty where it is another's, or something is not sure. */
  get claim(): string {
    return this.held;
  }

  /** Whether this process takes it when it is free, or keeps it. */
  get isWanted(): boolean {
    const now = performance.now();
    const rests = now < this.restUntil && now - this.freeSince < SPARE_MS;
    return this.wanted && (this.held !== "" || !rests);
  }

  /** Redis said, asked at `askedAt`, whose it is; "" for nobody's. */
  hear(token: string, askedAt: number): void {
    this.freeSince = token === "" ? Math.min(this.freeSince, askedAt) : Number.POSITIVE_INFINITY;
  }

  /** Whether that is this process's, and not given up meanwhile. */
  isOwn(token: string): boolean {
    return this.wanted && token !== this.given && token.startsWith(`${this.node.id}:`);
  }

  /** It is this process's, as was asked at `askedAt`. Returns whether that is new. */
  renew(token: string, askedAt: number): boolean {
    const isNew = token !== this.held;
    this.held = token;
    this.until = askedAt + LEASE_MS - LEASE_MARGIN_MS;
    return isNew;
  }

  /** It is not, or it is not sure. Returns what it was; empty for none. */
  drop(): string {
    const { held } = this;
    this.held = "";
    return held;
  }

  /** Reads fail here, and might not elsewhere; undefined: they work. */
  unwell(why: SourceError | undefined): void {
    this.ailment = why;
    this.rest();
  }

  /** Lets another process lead for a while, where reads fail here and there is one. */
  rest(): void {
    const why = this.ailment;
    if (!why || this.held === "" || this.peers.count === 0 || performance.now() < this.restUntil) return;
    this.ailment = undefined;
    this.restUntil = performance.now() + REST_MS;
    this.given = this.held;
    this.log.warn("Reads fail here: another process may read for a while, as it might fare better", {
      process: this.node.id,
      code: why.code,
      reason: why.reason,
      restMs: REST_MS,
    });
    void this.release();
  }

  /** Gives it up for good. Resolves when Redis knows, or does not answer. */
  async stepDown(): Promise<void> {
    this.wanted = false;
    await this.release();
  }

  private async release(): Promise<void> {
    const token = this.drop();
    if (!token) return;
    const { channel } = this.node;
    await this.link
      .eval(RELEASE, this.node.keys("lease"), [token, channel, this.node.message({ kind: "free" })])
      .catch((error: unknown) => this.log.debug("The lease could not be given up", logError(error)));
  }
}
