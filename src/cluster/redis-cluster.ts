import type { createAdapter } from "@socket.io/redis-adapter";
import type { Board } from "../board/model.js";
import type { Step } from "../board/store.js";
import type { Config } from "../config.js";
import { AppError, logError } from "../errors.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { Cluster, ClusterListener, LeaderStatus, Others, ProcessReport } from "../polling/cluster.js";
import type { SourceError } from "../source-error.js";
import { CatchUp } from "./catch-up.js";
import { Contact } from "./contact.js";
import type { Fleet } from "./fleet.js";
import { Heartbeat, type HeartbeatReply } from "./heartbeat.js";
import { Inbox } from "./inbox.js";
import { Lease } from "./lease.js";
import { Node } from "./node.js";
import { Peers } from "./peers.js";
import { RedisBoards } from "./redis-boards.js";
import { RedisLink } from "./redis-link.js";
import { reportsOf } from "./report.js";
import { PROCESSES } from "./scripts.js";
import { SharedClock } from "./shared-clock.js";
import { SharedLimits } from "./shared-limits.js";
import { socketIoAdapter } from "./socketio-adapter.js";

/**
 * Processes that share a Redis. A lease there says which of them leads; what it writes is refused once the lease is
 * another's. Boards, their steps and an epoch are kept in Redis, and each step is published once to all. Nothing of it
 * has to stay there: what is lost is written anew.
 */
export class RedisCluster implements Cluster, Others {
  readonly others = this;
  private readonly link: RedisLink;
  private readonly node: Node;
  private readonly clock: SharedClock;
  private readonly contact: Contact;
  private readonly peers: Peers;
  private readonly lease: Lease;
  private readonly boards: RedisBoards;
  private readonly catchUp: CatchUp;
  private readonly heartbeat: Heartbeat;
  private readonly inbox: Inbox;
  private listener: ClusterListener | undefined;
  private joined: (() => void) | undefined;

  /** `id` is this process's name, and `url` the Redis'. */
  constructor(
    readonly id: string,
    url: string,
    private readonly fleet: Fleet,
    config: Pick<Config, "REDIS_TLS_VERIFY">,
    private readonly log: Logger,
  ) {
    const faults = new Faults(log);
    this.link = new RedisLink(url, config.REDIS_TLS_VERIFY, log);
    this.node = new Node(id, url, fleet, this.link, log);
    this.clock = new SharedClock(log);
    this.contact = new Contact(this.node, this.link, log);
    this.peers = new Peers(id, faults);
    this.lease = new Lease(this.node, this.peers, this.link, log);
    this.boards = new RedisBoards(this.node, this.lease, this.link, faults, log);
    this.catchUp = new CatchUp(this.boards);
    this.heartbeat = new Heartbeat(this.node, this.lease, this.catchUp, this.contact, this.link);
    this.inbox = new Inbox(this.node, this.peers, this.lease, this.catchUp, this.heartbeat, faults);
  }

  get leads(): boolean {
    return this.lease.token !== undefined;
  }

  get connected(): boolean {
    return this.contact.stands;
  }

  now(): number {
    return this.clock.now();
  }

  /** Rate limits that count what every process answers. */
  limits(): SharedLimits {
    return new SharedLimits((words) => this.link.send(words), this.node.sharedKey("limit:"));
  }

  /** Begins to connect, and returns Socket.IO's standard adapter on the same connections. */
  async open(): Promise<ReturnType<typeof createAdapter>> {
    const heard = (message: Buffer) => {
      if (this.listener) this.inbox.receive(this.listener, message);
    };
    await this.link.open(this.node.channel, heard, () => this.lookAnew());
    return socketIoAdapter(this.link, this.node.sharedKey("socket.io"));
  }

  start(listener: ClusterListener): Promise<void> {
    this.listener = listener;
    this.heartbeat.start(listener, (reply) => this.take(listener, reply));
    return new Promise((resolve) => {
      this.joined = resolve;
    });
  }

  async publish(step: Step, status: LeaderStatus): Promise<boolean> {
    if (!this.leads) return false;
    const message = await this.boards.message(step, status);
    // The lease may have been given up meanwhile.
    if (!this.leads) return false;
    let done = false;
    try {
      done = await this.boards.write(step, message);
      return done;
    } finally {
      // It may have been written or not: what is there is looked at before anything else is read.
      if (!done) this.doubt();
    }
  }

  rewrite(board: Board, status: LeaderStatus): void {
    this.boards.rewrite(board, status);
  }

  tell(sport: string, status: LeaderStatus): void {
    if (this.leads) this.node.send({ kind: "status", sport, status });
  }

  ask(sport: string, client: string | undefined): void {
    this.node.send({ kind: "ask", sport, client });
  }

  want(): void {
    if (this.listener) this.node.want(this.listener.nodeInfo().wanted);
  }

  async processes(): Promise<ProcessReport[]> {
    try {
      return reportsOf(await this.link.eval(PROCESSES, this.node.keys("lease", "nodes"), []));
    } catch (error) {
      this.log.debug("The processes could not be listed", logError(error));
      throw new AppError(
        "CLUSTER_UNAVAILABLE",
        "The other processes cannot be reached now. Ask again later.",
      );
    }
  }

  unwell(why: SourceError | undefined): void {
    // Who does not lead has nothing to give up; nor is it to give up the next lease at once.
    this.lease.unwell(this.leads ? why : undefined);
  }

  stepDown(): Promise<void> {
    return this.lease.stepDown();
  }

  async close(): Promise<void> {
    await this.stepDown();
    await this.heartbeat.stop();
    await this.node.leave();
    this.link.close();
  }

  /** What is in Redis may differ from what is here: nothing is read until that is settled. */
  private doubt(): void {
    this.lease.drop();
    this.lookAnew();
  }

  private lookAnew(): void {
    this.catchUp.miss();
    this.heartbeat.now();
  }

  /** Takes in what Redis answers to a heartbeat. */
  private async take(listener: ClusterListener, reply: HeartbeatReply): Promise<void> {
    const { askedAt, epoch, lease } = reply;
    this.clock.hear(reply.time, askedAt, reply.answeredAt);
    this.fleet.meet(reply.fleets, this.log);
    this.lease.hear(lease, askedAt);
    if (epoch === "") return this.contact.made(askedAt);
    if (reply.isNewEpoch) {
      this.catchUp.miss();
      listener.epoch(epoch);
    }
    // Who begins to lead has all that was written before.
    const begins = this.lease.isOwn(lease) && lease !== this.lease.claim;
    const lost = await this.catchUp.run(listener, epoch, reply.positions, begins);
    this.contact.made(askedAt);
    // Asked again: it may have been given up meanwhile.
    if (this.lease.isOwn(lease)) this.lead(listener, reply);
    else {
      for (const sport of lost) this.node.send({ kind: "lost", sport });
      this.peers.clear(listener);
      this.lease.drop();
    }
    if (this.link.listens) this.joined?.();
  }

  private lead(listener: ClusterListener, { askedAt, lease, nodeInfos, isNewEpoch }: HeartbeatReply): void {
    this.peers.see(listener, nodeInfos);
    if ((this.lease.renew(lease, askedAt) || isNewEpoch) && this.leads) listener.elected();
    this.lease.rest();
  }
}
