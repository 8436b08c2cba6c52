import { randomBytes } from "node:crypto";
import type { createAdapter as standardAdapter } from "@socket.io/redis-adapter";
import { z } from "zod";
import type { Config } from "../config.js";
import { AppError, logError } from "../errors.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { Step } from "../odds/board-store.js";
import type { Cluster, ClusterListener, ProcessReport, Word } from "../odds/ports.js";
import { KeptBoards } from "./kept-boards.js";
import { Keys } from "./keys.js";
import { LEASE_MARGIN_MS, LEASE_MS, Lease } from "./lease.js";
import { Others } from "./others.js";
import { RedisLink } from "./redis-link.js";
import { reportOf } from "./report.js";
import { HEARTBEAT, LEAVE, PROCESSES, RELEASE } from "./scripts.js";
import { SharedLimits } from "./shared-limits.js";
import { ID_LENGTH, type Message, read, readPresence, senderOf, write, writePresence } from "./travel.js";

/** How often a process says that it lives, in ms. */
const HEARTBEAT_MS = 1000;
/** Without an answer for this long (ms), a process is on its own. */
const CONTACT_MS = LEASE_MS - LEASE_MARGIN_MS;
/** A process that was not heard of for this long (ms) is gone, and its demand with it. */
const PROCESS_MS = 4000;

const heartbeatSchema = z.tuple([
  z.string(),
  z.string(),
  z.number(),
  z.array(z.string()),
  z.array(z.string()),
]);
const processesSchema = z.tuple([z.string(), z.array(z.string())]);

/**
 * Processes that share a Redis. A lease there says which of them reads; what it writes is refused once the lease is
 * another's. Boards, their steps and an epoch are kept in Redis, and each step is published once to all.
 */
export class RedisCluster implements Cluster {
  readonly id = randomBytes(ID_LENGTH / 2).toString("hex");
  private readonly link: RedisLink;
  private readonly keys: Keys;
  private readonly boards: KeptBoards;
  private readonly lease = new Lease();
  private readonly others: Others;
  private readonly faults: Faults;
  private listener: ClusterListener | undefined;
  private joined: (() => void) | undefined;
  /** When Redis last answered: that is, when what it answered was asked (ms on the monotonic clock). */
  private contactAt = Number.NEGATIVE_INFINITY;
  private wasConnected = false;
  private epoch = "";
  /** The highest fencing number that a board came with in this epoch. */
  private fence = 0;
  /** Something published may have been missed. */
  private missed = true;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;
  private again = false;
  private closed = false;

  constructor(
    url: string,
    config: Pick<Config, "REDIS_TLS_VERIFY">,
    private readonly log: Logger,
  ) {
    this.link = new RedisLink(url, config.REDIS_TLS_VERIFY, log);
    this.keys = new Keys(url);
    this.faults = new Faults(log);
    this.boards = new KeptBoards(this.id, this.link, this.keys, this.faults);
    this.others = new Others(this.id, this.faults);
  }

  get reads(): boolean {
    return this.lease.token !== undefined;
  }

  get connected(): boolean {
    return performance.now() - this.contactAt < CONTACT_MS;
  }

  /** Rate limits that count what every process answers. */
  limits(): SharedLimits {
    return new SharedLimits((words) => this.link.send(words), this.keys.of("limit:"));
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
    return createAdapter(publisher, subscriber, { key: this.keys.of("socket.io") });
  }

  start(listener: ClusterListener): Promise<void> {
    this.listener = listener;
    const joined = new Promise<void>((resolve) => {
      this.joined = resolve;
    });
    this.beat();
    return joined;
  }

  async publish(step: Step, word: Word): Promise<boolean> {
    const { token } = this.lease;
    if (token === undefined) return false;
    const message = await this.boards.message(token, step, word);
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

  tell(sport: string, word: Word): void {
    this.send({ kind: "word", sport, word });
  }

  ask(sport: string, client: string | undefined): void {
    this.send({ kind: "ask", sport, client });
  }

  want(): void {
    if (this.listener) this.send({ kind: "wants", wanted: this.listener.presence().wanted });
  }

  async processes(): Promise<ProcessReport[]> {
    try {
      const [lease, presences] = processesSchema.parse(
        await this.link.eval(PROCESSES, this.keys.all("lease", "nodes"), []),
      );
      return [...pairs(presences)].map(([id, presence]) =>
        reportOf(id, readPresence(presence), lease.startsWith(`${id}:`)),
      );
    } catch (error) {
      this.log.debug("The processes could not be listed", logError(error));
      throw new AppError(
        "CLUSTER_UNAVAILABLE",
        "The other processes cannot be reached now. Ask again later.",
      );
    }
  }

  async stepDown(): Promise<void> {
    this.lease.wanted = false;
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
    const presence = listener.presence();
    const candidate = Date.now().toString(36) + randomBytes(4).toString("hex");
    const reply = await this.link.eval(
      HEARTBEAT,
      this.keys.all("lease", "fence", "epoch", "nodes", "seen", "heads", "boards"),
      [
        ...[this.id, writePresence(presence), String(LEASE_MS), String(PROCESS_MS), candidate],
        ...[this.lease.wanted ? "1" : "0", this.epoch],
        ...[...presence.heads].flatMap(([sport, { version }]) => [sport, String(version)]),
      ],
    );
    const [epoch, lease, leftMs, heads, others] = heartbeatSchema.parse(reply);
    const isNewEpoch = epoch !== this.epoch;
    if (isNewEpoch) {
      this.epoch = epoch;
      this.fence = 0;
      this.missed = true;
      listener.epoch(epoch);
    }
    const { missed } = this;
    this.missed = false;
    await this.boards.catchUp(listener, epoch, new Map(pairs(heads)), missed);
    this.contactAt = begun;
    this.noticeContact();
    const own = this.lease.wanted && lease.startsWith(`${this.id}:`);
    this.others.see(listener, own ? new Map(pairs(others)) : new Map());
    if (own) {
      const isNew = this.lease.renew(lease, begun) || isNewEpoch;
      if (isNew && this.reads) listener.reader();
    } else this.lease.drop();
    if (this.link.listens) this.joined?.();
    return own || !this.lease.wanted ? HEARTBEAT_MS : Math.min(HEARTBEAT_MS, Math.max(leftMs, 0) + 20);
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
    if (message.kind === "word") listener.word(message.sport, message.word);
    else if (message.kind === "ask") listener.ask(message.sport, message.client);
    else if (message.kind === "wants") {
      if (this.reads) this.others.hear(listener, from, message.wanted);
    } else if (message.kind === "step") {
      const fence = Number(message.lease.split(":").at(-1));
      if (message.step.board.epoch === this.epoch && fence < this.fence) return;
      this.fence = Math.max(this.fence, fence);
      if (listener.step(message.step, message.word)) return;
      this.missed = true;
      this.beat();
    } else this.beat();
  }

  private noticeContact(): void {
    if (this.connected === this.wasConnected) return;
    this.wasConnected = this.connected;
    if (this.connected) this.log.info("In touch with the other processes", { process: this.id });
    else
      this.log.error(
        "Redis cannot be reached: nothing is read, clients get the last boards as stale. Look at REDIS_URL and Redis.",
        { process: this.id },
      );
  }
}

/** The pairs of a flat list, as Redis gives a hash. */
function* pairs(list: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i + 1 < list.length; i += 2) yield [list[i] ?? "", list[i + 1] ?? ""];
}
