import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { ClusterListener, NodeInfo } from "../polling/cluster.js";
import type { CatchUp } from "./catch-up.js";
import type { Contact } from "./contact.js";
import { LEASE_MS, type Lease } from "./lease.js";
import type { Node } from "./node.js";
import { hashSchema } from "./record-codec.js";
import type { RedisLink } from "./redis-link.js";
import { HEARTBEAT } from "./scripts.js";

/** How often a process says that it lives, in ms. */
const HEARTBEAT_MS = 1000;
/** After a failure, or where the leader is about to put back what Redis lost, it does so sooner: after this time, in ms. */
const SOON_MS = HEARTBEAT_MS / 4;
/** So long after a lease should have ended (ms) it is looked at. */
const LEASE_OVER_MS = 20;
/** A process that was not heard of for this long (ms) is gone, and its demand with it. */
const PROCESS_MS = 4000;
/** What a fleet left in Redis is kept this long (ms) after its last process; nothing of it is needed. */
const KEPT_MS = 24 * 3_600_000;

const replySchema = z.tuple([
  z.string(),
  z.string(),
  z.number(),
  hashSchema,
  hashSchema,
  z.tuple([z.coerce.number(), z.coerce.number()]),
  hashSchema,
]);

/** What Redis answers to a heartbeat. */
export interface HeartbeatReply {
  /** When it was asked and when it answered, in ms on the monotonic clock. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** What versions are counted in; "" where Redis lost that, and the leader is about to put it back. */
  readonly epoch: string;
  /** Whether that is another than this process's. */
  readonly isNewEpoch: boolean;
  /** The leader's lease; "" where there is none. */
  readonly lease: string;
  /** How long that lasts, in ms. */
  readonly leftMs: number;
  /** What was written last of each sport. */
  readonly positions: ReadonlyMap<string, string>;
  /** What each process told of itself, by name; for the leader only. */
  readonly nodeInfos: ReadonlyMap<string, string>;
  /** Redis' clock, in ms since the epoch. */
  readonly time: number;
  /** Other fleets that are alive in the database, and what they ask for. */
  readonly fleets: ReadonlyMap<string, string>;
}

/** What a heartbeat is of, and who takes what Redis answers; it is waited for. */
interface Work {
  readonly listener: ClusterListener;
  readonly take: (reply: HeartbeatReply) => Promise<void>;
}

/** Tells Redis once a second that this process lives, asks for the lease, and hears how all stands. */
export class Heartbeat {
  private work: Work | undefined;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly node: Node,
    private readonly lease: Lease,
    private readonly catchUp: CatchUp,
    private readonly contact: Contact,
    private readonly link: RedisLink,
  ) {}

  /** Begins. `take` gets each answer, one at a time. */
  start(listener: ClusterListener, take: Work["take"]): void {
    this.work = { listener, take };
    this.now();
  }

  /** One now, once begun; one at a time, and one more if this is called meanwhile. */
  now(): void {
    const { work } = this;
    if (!work) return;
    if (this.beating) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.again = false;
    this.beating = this.beat(work)
      .catch((error: unknown) => {
        this.contact.failed(error);
        this.catchUp.miss();
        return SOON_MS;
      })
      .then((nextMs) => {
        this.beating = undefined;
        this.contact.look();
        if (!this.work) return;
        if (this.again) this.now();
        else this.timer = setTimeout(() => this.now(), nextMs);
      });
  }

  /** Ends. Resolves when the one under way is over. */
  async stop(): Promise<void> {
    this.work = undefined;
    clearTimeout(this.timer);
    await this.beating;
  }

  /** Returns after how long the next one is due, in ms. */
  private async beat({ listener, take }: Work): Promise<number> {
    const { isWanted } = this.lease;
    const reply = await this.ask(listener.nodeInfo(), isWanted);
    await take(reply);
    if (reply.epoch === "") return SOON_MS;
    // Who may lead next looks as soon as the lease is over.
    const waits = isWanted && this.lease.claim === "";
    return waits ? Math.min(HEARTBEAT_MS, Math.max(reply.leftMs, 0) + LEASE_OVER_MS) : HEARTBEAT_MS;
  }

  private async ask(nodeInfo: NodeInfo, mayLead: boolean): Promise<HeartbeatReply> {
    this.link.check();
    const askedAt = performance.now();
    const { id, fleet } = this.node;
    const candidate = Date.now().toString(36) + randomBytes(4).toString("hex");
    const reply = await this.link.eval(
      HEARTBEAT,
      [
        this.node.sharedKey("fleets"),
        ...this.node.keys("lease", "fence", "epoch", "nodes", "seen", "heads", "boards"),
      ],
      [
        ...[id, this.node.record(nodeInfo), String(LEASE_MS), String(PROCESS_MS), candidate],
        ...[mayLead ? "1" : "0", nodeInfo.epoch, this.lease.claim, fleet.name, fleet.asks, String(KEPT_MS)],
        ...[...nodeInfo.positions].flatMap(([sport, { version, fetchedAt }]) => [
          sport,
          String(version),
          String(fetchedAt),
        ]),
      ],
    );
    const answeredAt = performance.now();
    const [epoch, lease, leftMs, positions, nodeInfos, [seconds, micros], fleets] = replySchema.parse(reply);
    const isNewEpoch = epoch !== nodeInfo.epoch;
    const time = seconds * 1000 + micros / 1000;
    return { askedAt, answeredAt, epoch, isNewEpoch, lease, leftMs, positions, nodeInfos, time, fleets };
  }
}
