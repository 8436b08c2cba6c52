import { randomBytes } from "node:crypto";
import type { createAdapter as standardAdapter } from "@socket.io/redis-adapter";
import { z } from "zod";
import type { Board } from "../board/model.js";
import { again, isNewer, type Step } from "../board/store.js";
import type { Config } from "../config.js";
import { AppError, logError } from "../errors.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { Cluster, ClusterListener, LeaderStatus, NodeInfo, ProcessReport } from "../polling/cluster.js";
import type { SourceError } from "../source-error.js";
import { ID_LENGTH, type Message, read, readNodeInfo, senderOf, write, writeNodeInfo } from "./codec.js";
import type { Fleet } from "./fleet.js";
import { Keys } from "./keys.js";
import { LEASE_MARGIN_MS, LEASE_MS, Lease } from "./lease.js";
import { Peers } from "./peers.js";
import { RedisBoards } from "./redis-boards.js";
import { RedisLink } from "./redis-link.js";
import { reportOf } from "./report.js";
import { HEARTBEAT, LEAVE, PROCESSES, RELEASE } from "./scripts.js";
import { SharedClock } from "./shared-clock.js";
import { SharedLimits } from "./shared-limits.js";

/** How often a process says that it lives, in ms. */
const HEARTBEAT_MS = 1000;
/** Without an answer for this long (ms), a process is on its own. */
const CONTACT_MS = LEASE_MS - LEASE_MARGIN_MS;
/** A process that was not heard of for this long (ms) is gone, and its demand with it. */
const PROCESS_MS = 4000;
/** A process whose reads fail lets others read for this long, in ms. */
const REST_MS = 5 * 60_000;
/** It reads meanwhile all the same, when nobody has for this long (ms): the others are gone, or rest as well. */
const SPARE_MS = 2000;
/** A board is written once more, for those who could not have it, no more often than this, in ms. */
const REWRITE_MS = HEARTBEAT_MS;
/** What a fleet left in Redis is kept this long (ms) after its last process; nothing of it is needed. */
const KEPT_MS = 24 * 3_600_000;
/** A machine's clock that is off by more than this (ms) is worth a line in the log. */
const CLOCK_MS = 1000;

const heartbeatSchema = z.tuple([
  z.string(),
  z.string(),
  z.number(),
  z.array(z.string()),
  z.array(z.string()),
  z.tuple([z.coerce.number(), z.coerce.number()]),
  z.array(z.string()),
]);
const processesSchema = z.tuple([z.string(), z.array(z.string())]);

/**
 * Processes that share a Redis. A lease there says which of them reads; what it writes is refused once the lease is
 * another's. Boards, their steps and an epoch are kept in Redis, and each step is published once to all. Nothing of it
 * has to stay there: what is lost is written anew.
 */
export class RedisCluster implements Cluster {
  readonly id = randomBytes(ID_LENGTH / 2).toString("hex");
  private readonly link: RedisLink;
  private readonly keys: Keys;
  private readonly boards: RedisBoards;
  private readonly lease = new Lease();
  private readonly others: Peers;
  private readonly faults: Faults;
  private readonly clock = new SharedClock();
  private listener: ClusterListener | undefined;
  private joined: (() => void) | undefined;
  /** When Redis last answered: that is, when what it answered was asked (ms on the monotonic clock). */
  private contactAt = Number.NEGATIVE_INFINITY;
  private wasConnected = false;
  /** Why the last heartbeat failed. */
  private failure: unknown;
  private epoch = "";
  /** Steps that did not follow on what is here, the latest of each sport: whole boards, should Redis have lost those. */
  private readonly loose = new Map<string, { readonly board: Board; readonly status: LeaderStatus }>();
  private readonly rewritten = new Map<string, number>();
  /** Counts what this process said of what it wants. */
  private turn = 0;
  /** Why reads fail here, if they might not elsewhere. */
  private ailment: SourceError | undefined;
  private restUntil = Number.NEGATIVE_INFINITY;
  /** The lease that was given up in order to rest: an answer under way may still name it. */
  private given = "";
  /** Since when nobody reads (ms on the monotonic clock), as far as this process knows. */
  private freeSince = Number.POSITIVE_INFINITY;
  private saidClock = false;
  /** Something published may have been missed. */
  private missed = true;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;
  private again = false;
  private closed = false;

  constructor(
    url: string,
    private readonly fleet: Fleet,
    config: Pick<Config, "REDIS_TLS_VERIFY">,
    private readonly log: Logger,
  ) {
    this.link = new RedisLink(url, config.REDIS_TLS_VERIFY, log);
    this.keys = new Keys(url, fleet.name);
    this.faults = new Faults(log);
    this.boards = new RedisBoards(this.id, this.link, this.keys, this.faults);
    this.others = new Peers(this.id, this.faults);
  }

  get leads(): boolean {
    return this.lease.token !== undefined;
  }

  get connected(): boolean {
    return performance.now() - this.contactAt < CONTACT_MS;
  }

  now(): number {
    return this.clock.now();
  }

  /** Rate limits that count what every process answers. */
  limits(): SharedLimits {
    return new SharedLimits((words) => this.link.send(words), this.keys.shared("limit:"));
  }

  /** Begins to connect, and returns Socket.IO's standard adapter on the same connections. */
  async open(): Promise<ReturnType<typeof standardAdapter>> {
    await this.link.open(
      this.keys.of("channel"),
      (message) => this.receive(message),
      () => {
        this.missed = true;
        this.beat();
      },
    );
    const { createAdapter } = await import("@socket.io/redis-adapter");
    const { publisher, subscriber } = this.link.forAdapter();
    return createAdapter(publisher, subscriber, { key: this.keys.shared("socket.io") });
  }

  start(listener: ClusterListener): Promise<void> {
    this.listener = listener;
    const joined = new Promise<void>((resolve) => {
      this.joined = resolve;
    });
    this.beat();
    return joined;
  }

  async publish(step: Step, status: LeaderStatus): Promise<boolean> {
    if (!this.leads) return false;
    const message = await this.boards.message(step, status);
    // It may have been given up meanwhile.
    const { token } = this.lease;
    if (token === undefined) return false;
    try {
      const done = await this.boards.write(token, step, message);
      if (!done) this.doubt();
      return done;
    } catch (error) {
      // It may have been written or not: what is there is looked at before anything else is read.
      this.doubt();
      throw error;
    }
  }

  rewrite(board: Board, status: LeaderStatus): void {
    const now = performance.now();
    if (!this.leads || now - (this.rewritten.get(board.sport) ?? -REWRITE_MS) < REWRITE_MS) return;
    this.rewritten.set(board.sport, now);
    const step = again(board);
    this.boards
      .message(step, status)
      .then((message) => this.lease.token !== undefined && this.boards.write(this.lease.token, step, message))
      .catch((error: unknown) => this.log.debug("A board could not be written once more", logError(error)));
  }

  tell(sport: string, status: LeaderStatus): void {
    this.send({ kind: "status", sport, status });
  }

  ask(sport: string, client: string | undefined): void {
    this.send({ kind: "ask", sport, client });
  }

  want(): void {
    if (!this.listener) return;
    this.turn += 1;
    this.send({ kind: "wants", wanted: this.listener.nodeInfo().wanted, turn: this.turn });
  }

  async processes(): Promise<ProcessReport[]> {
    try {
      const [lease, nodeInfos] = processesSchema.parse(
        await this.link.eval(PROCESSES, this.keys.all("lease", "nodes"), []),
      );
      return [...pairs(nodeInfos)].flatMap(([id, text]) => {
        const nodeInfo = nodeInfoOf(text);
        return nodeInfo ? [reportOf(id, nodeInfo, lease.startsWith(`${id}:`))] : [];
      });
    } catch (error) {
      this.log.debug("The processes could not be listed", logError(error));
      throw new AppError(
        "CLUSTER_UNAVAILABLE",
        "The other processes cannot be reached now. Ask again later.",
      );
    }
  }

  unwell(why: SourceError | undefined): void {
    this.ailment = why;
    this.rest();
  }

  /** Lets another process read for a while, where reads fail here and there is one. */
  private rest(): void {
    const why = this.ailment;
    if (!why || !this.lease.claim || this.others.count === 0 || performance.now() < this.restUntil) return;
    this.ailment = undefined;
    this.restUntil = performance.now() + REST_MS;
    this.given = this.lease.claim;
    this.log.warn("Reads fail here: another process may read for a while, as it might fare better", {
      process: this.id,
      code: why.code,
      reason: why.reason,
      restMs: REST_MS,
    });
    void this.release();
  }

  async stepDown(): Promise<void> {
    this.lease.wanted = false;
    await this.release();
  }

  private async release(): Promise<void> {
    const token = this.lease.drop();
    if (!token) return;
    const message = write(this.id, { kind: "free" });
    await this.link
      .eval(RELEASE, this.keys.all("lease"), [token, this.keys.of("channel"), message])
      .catch((error: unknown) => this.log.debug("The lease could not be given up", logError(error)));
  }

  async close(): Promise<void> {
    await this.stepDown();
    this.closed = true;
    clearTimeout(this.timer);
    await this.beating;
    const message = write(this.id, { kind: "left" });
    await this.link
      .eval(LEAVE, this.keys.all("nodes", "seen"), [this.id, this.keys.of("channel"), message])
      .catch((error: unknown) => this.log.debug("Redis could not be told of the end", logError(error)));
    this.link.close();
  }

  private send(message: Exclude<Message, { kind: "step" }>): void {
    this.link.publish(this.keys.of("channel"), write(this.id, message));
  }

  /** What is in Redis may differ from what is here: nothing is read until that is settled. */
  private doubt(): void {
    this.lease.drop();
    this.missed = true;
    this.beat();
  }

  /** Whether this process takes the lease when it is free, or keeps it. */
  private get mayRead(): boolean {
    const now = performance.now();
    const rests = now < this.restUntil && now - this.freeSince < SPARE_MS;
    return this.lease.wanted && (this.lease.claim !== "" || !rests);
  }

  /** A heartbeat now; one at a time, and one more if this is called meanwhile. */
  private beat(): void {
    if (!this.listener || this.closed) return;
    if (this.beating) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.again = false;
    this.beating = this.heartbeat(this.listener)
      .catch((error: unknown) => {
        this.log.debug("A heartbeat failed", logError(error));
        this.failure = error;
        this.link.complain(error);
        this.missed = true;
        return HEARTBEAT_MS / 4;
      })
      .then((nextMs) => {
        this.beating = undefined;
        this.noticeContact();
        if (this.closed) return;
        if (this.again) this.beat();
        else this.timer = setTimeout(() => this.beat(), nextMs);
      });
  }

  /** Returns after how long the next one is due, in ms. */
  private async heartbeat(listener: ClusterListener): Promise<number> {
    this.link.check();
    const begun = performance.now();
    const nodeInfo = listener.nodeInfo();
    const candidate = Date.now().toString(36) + randomBytes(4).toString("hex");
    const { mayRead } = this;
    const reply = await this.link.eval(
      HEARTBEAT,
      [
        this.keys.shared("fleets"),
        ...this.keys.all("lease", "fence", "epoch", "nodes", "seen", "heads", "boards"),
      ],
      [
        ...[this.id, writeNodeInfo(nodeInfo, this.turn), String(LEASE_MS), String(PROCESS_MS), candidate],
        ...[mayRead ? "1" : "0", this.epoch, this.lease.claim, this.fleet.name, this.fleet.asks],
        String(KEPT_MS),
        ...[...nodeInfo.positions].flatMap(([sport, head]) => [
          sport,
          String(head.version),
          String(head.fetchedAt),
        ]),
      ],
    );
    const answered = performance.now();
    const [epoch, lease, leftMs, positions, others, [seconds, micros], fleets] = heartbeatSchema.parse(reply);
    this.clock.hear(seconds * 1000 + micros / 1000, begun, answered);
    this.sayClock();
    this.fleet.meet(new Map(pairs(fleets)), this.log);
    this.freeSince = lease === "" ? Math.min(this.freeSince, begun) : Number.POSITIVE_INFINITY;
    // Redis lost the epoch, and the process that reads is about to put it back.
    if (epoch === "") {
      this.contactAt = begun;
      this.noticeContact();
      return HEARTBEAT_MS / 4;
    }
    const isNewEpoch = epoch !== this.epoch;
    if (isNewEpoch) {
      this.epoch = epoch;
      this.missed = true;
      listener.epoch(epoch);
    }
    const own = this.lease.wanted && lease !== this.given && lease.startsWith(`${this.id}:`);
    // Who begins to read has all that was written before.
    const missed = this.missed || (own && lease !== this.lease.claim);
    this.missed = false;
    const lost = await this.boards.catchUp(listener, epoch, new Map(pairs(positions)), missed);
    this.takeLoose(listener);
    if (!own) for (const sport of lost) this.send({ kind: "lost", sport });
    this.contactAt = begun;
    this.noticeContact();
    if (own) this.others.see(listener, new Map(pairs(others)));
    else this.others.clear(listener);
    if (own) {
      const isNew = this.lease.renew(lease, begun) || isNewEpoch;
      if (isNew && this.leads) listener.elected();
      this.rest();
    } else this.lease.drop();
    if (this.link.listens) this.joined?.();
    return own || !mayRead ? HEARTBEAT_MS : Math.min(HEARTBEAT_MS, Math.max(leftMs, 0) + 20);
  }

  /** What did not follow on what was here is taken whole, unless Redis had as much. */
  private takeLoose(listener: ClusterListener): void {
    const { positions } = listener.nodeInfo();
    for (const [sport, { board, status }] of this.loose) {
      const here = positions.get(sport);
      if (!here || isNewer(board, here)) listener.load({ board, past: [] }, status);
    }
    this.loose.clear();
  }

  private sayClock(): void {
    const { aheadMs } = this.clock;
    const isOff = Math.abs(aheadMs) > CLOCK_MS;
    if (isOff && !this.saidClock) {
      this.log.warn("This machine's clock differs from Redis': all processes go by that of Redis", {
        aheadMs,
      });
    }
    this.saidClock = isOff;
  }

  private receive(bytes: Buffer): void {
    if (!this.listener || senderOf(bytes) === this.id) return;
    try {
      const { from, message } = read(bytes);
      this.obey(this.listener, from, message);
    } catch (error) {
      this.faults.note("What another process wrote is not understood", error);
    }
  }

  private obey(listener: ClusterListener, from: string, message: Message): void {
    if (message.kind === "status") listener.hear(message.sport, message.status);
    else if (message.kind === "ask") listener.ask(message.sport, message.client);
    else if (message.kind === "wants") {
      if (this.leads) this.others.hear(listener, from, message.wanted, message.turn);
    } else if (message.kind === "lost") listener.rewrite(message.sport);
    else if (message.kind === "step") {
      const { step, status } = message;
      if (listener.step(step, status)) return;
      this.loose.set(step.board.sport, { board: step.board, status });
      this.missed = true;
      this.beat();
    } else {
      if (message.kind === "left") this.others.forget(listener, from);
      this.beat();
    }
  }

  private noticeContact(): void {
    if (this.connected === this.wasConnected) return;
    this.wasConnected = this.connected;
    if (this.connected) {
      this.link.recovered();
      this.log.info("In touch with the other processes", { process: this.id, fleet: this.fleet.name });
      return;
    }
    const what = this.link.isAnswer(this.failure)
      ? "Redis answers with errors: nothing is read, clients get the last boards as stale."
      : "Redis cannot be reached: nothing is read, clients get the last boards as stale. Look at REDIS_URL and Redis.";
    const reason = this.failure === undefined ? {} : { reason: logError(this.failure).error };
    this.log.error(what, { process: this.id, ...reason });
  }
}

/** What a process told of itself; undefined where that is not understood. */
function nodeInfoOf(text: string): NodeInfo | undefined {
  try {
    return readNodeInfo(text);
  } catch {
    return undefined;
  }
}

/** The pairs of a flat list, as Redis gives a hash. */
function* pairs(list: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i + 1 < list.length; i += 2) yield [list[i] ?? "", list[i + 1] ?? ""];
}
