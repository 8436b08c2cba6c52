import { randomBytes } from "node:crypto";
import type { createAdapter as standardAdapter } from "@socket.io/redis-adapter";
import { z } from "zod";
import type { Config } from "../config.js";
import { AppError, logError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Step } from "../odds/board-store.js";
import type { Cluster, ClusterListener, Head, ProcessReport, Word } from "../odds/ports.js";
import { RING_LIMITS } from "../odds/ring.js";
import { RedisLink } from "./redis-link.js";
import { reportOf } from "./report.js";
import { HEARTBEAT, LEAVE, LOAD, PROCESSES, PUBLISH, RELEASE } from "./scripts.js";
import { SharedLimits } from "./shared-limits.js";
import {
  ID_LENGTH,
  type Message,
  read,
  readPast,
  readPresence,
  senderOf,
  write,
  writePast,
  writePresence,
  writeStep,
} from "./travel.js";

/** How often a process says that it lives, in ms. */
const HEARTBEAT_MS = 1000;
/** The lease of a reader that says no more ends after this time (ms); then another process reads. */
const LEASE_MS = 3000;
/** The reader itself stops this much sooner (ms), counted from when it asked: its clock and Redis' may differ a little. */
const LEASE_MARGIN_MS = 500;
/** Without an answer for this long (ms), a process is on its own. */
const CONTACT_MS = LEASE_MS - LEASE_MARGIN_MS;
/** A process that was not heard of for this long (ms) is gone, and its demand with it. */
const PROCESS_MS = 4000;
/** The steps of a board that nobody writes are kept this long, in ms: as long as they are of use in memory. */
const STEPS_MS = RING_LIMITS.ageMs;
/** Changes with the form of what is kept: versions that do not understand one another do not meet. */
const FORM = 1;

const heartbeatSchema = z.tuple([
  z.string(),
  z.string(),
  z.number(),
  z.array(z.string()),
  z.array(z.string()),
]);
const loadSchema = z.tuple([z.instanceof(Buffer).nullable(), z.array(z.instanceof(Buffer))]);
const processesSchema = z.tuple([z.string(), z.array(z.string())]);

/**
 * Processes that share a Redis. A lease there says which of them reads; what it writes is refused once the lease is
 * another's. Boards, their steps and an epoch are kept in Redis, and each step is published once to all.
 */
export class RedisCluster implements Cluster {
  readonly id = randomBytes(ID_LENGTH / 2).toString("hex");
  private readonly link: RedisLink;
  private readonly prefix: string;
  private listener: ClusterListener | undefined;
  private joined: (() => void) | undefined;
  /** The lease as it was last seen in this process's hands; empty while it is not. */
  private lease = "";
  private leaseUntil = 0;
  /** When Redis last answered: that is, when what it answered was asked (ms on the monotonic clock). */
  private contactAt = Number.NEGATIVE_INFINITY;
  private wasConnected = false;
  private mayRead = true;
  private epoch = "";
  /** The highest fencing number that a board came with in this epoch. */
  private fence = 0;
  /** Heads that this process was behind of at the last heartbeat. */
  private behind = new Map<string, string>();
  /** Something published may have been missed. */
  private missed = true;
  private readonly others = new Map<string, string>();
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
    // Channels are not a database's own in Redis: the name tells them apart.
    const database = new URL(url).pathname.replace(/^\/+/, "") || "0";
    this.prefix = `live-odds:${FORM}:${database}:`;
  }

  get reads(): boolean {
    return this.lease !== "" && performance.now() < this.leaseUntil;
  }

  get connected(): boolean {
    return performance.now() - this.contactAt < CONTACT_MS;
  }

  /** Rate limits that count what every process answers. */
  limits(): SharedLimits {
    return new SharedLimits((words) => this.link.send(words), this.key("limit:"));
  }

  /** Begins to connect, and returns Socket.IO's standard adapter on the same connections. */
  async open(): Promise<ReturnType<typeof standardAdapter>> {
    await this.link.open(
      this.key("channel"),
      (message) => this.receive(message),
      () => {
        this.missed = true;
        this.beat();
      },
    );
    const { createAdapter } = await import("@socket.io/redis-adapter");
    const { publisher, subscriber } = this.link.forAdapter();
    return createAdapter(publisher, subscriber, { key: this.key("socket.io") });
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
    const { lease } = this;
    if (!this.reads) return false;
    const { board, from, marks } = step;
    const { sport, epoch, version, fetchedAt } = board;
    const message = await writeStep(this.id, lease, step, word);
    const past = marks ? writePast({ version, at: fetchedAt, marks }) : "";
    try {
      const done = await this.link.eval(
        PUBLISH,
        [...this.keys("lease", "epoch", "heads", "boards"), this.stepsKey(sport)],
        [
          ...[lease, epoch, sport, String(from), String(version), String(fetchedAt), message, past],
          ...[String(RING_LIMITS.steps), String(STEPS_MS), this.key("channel")],
        ],
      );
      if (done !== 1) this.doubt();
      return done === 1;
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
        await this.link.eval(PROCESSES, this.keys("lease", "nodes"), []),
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
    this.mayRead = false;
    const { lease } = this;
    this.lease = "";
    if (!lease) return;
    const message = write(this.id, { kind: "free" });
    await this.link
      .eval(RELEASE, this.keys("lease"), [lease, this.key("channel"), message])
      .catch((error: unknown) => this.log.debug("The lease could not be given up", logError(error)));
  }

  async close(): Promise<void> {
    await this.stepDown();
    this.closed = true;
    clearTimeout(this.timer);
    await this.beating;
    const message = write(this.id, { kind: "left" });
    await this.link
      .eval(LEAVE, this.keys("nodes", "seen"), [this.id, this.key("channel"), message])
      .catch((error: unknown) => this.log.debug("Redis could not be told of the end", logError(error)));
    this.link.close();
  }

  private key(name: string): string {
    return this.prefix + name;
  }

  private keys(...names: string[]): string[] {
    return names.map((name) => this.key(name));
  }

  private stepsKey(sport: string): string {
    return this.key(`steps:${this.epoch}:${sport}`);
  }

  private send(message: Exclude<Message, { kind: "step" }>): void {
    this.link.publish(this.key("channel"), write(this.id, message));
  }

  /** What is in Redis may differ from what is here: nothing is read until that is settled. */
  private doubt(): void {
    this.lease = "";
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
      this.keys("lease", "fence", "epoch", "nodes", "seen", "heads", "boards"),
      [
        ...[this.id, writePresence(presence), String(LEASE_MS), String(PROCESS_MS), candidate],
        ...[this.mayRead ? "1" : "0", this.epoch],
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
    await this.catchUp(listener, new Map(pairs(heads)));
    this.contactAt = begun;
    this.noticeContact();
    const own = this.mayRead && lease.startsWith(`${this.id}:`);
    this.hearWants(listener, own ? new Map(pairs(others)) : new Map());
    if (own) {
      const isNew = lease !== this.lease || isNewEpoch;
      this.lease = lease;
      this.leaseUntil = begun + LEASE_MS - LEASE_MARGIN_MS;
      if (isNew && this.reads) listener.reader();
    } else this.lease = "";
    if (this.link.listens) this.joined?.();
    return own || !this.mayRead ? HEARTBEAT_MS : Math.min(HEARTBEAT_MS, Math.max(leftMs, 0) + 20);
  }

  /** Loads the boards that others wrote and this process has not heard of. What is just on its way is waited for. */
  private async catchUp(listener: ClusterListener, heads: ReadonlyMap<string, string>): Promise<void> {
    const { missed, behind } = this;
    this.missed = false;
    const here = listener.presence().heads;
    this.behind = new Map([...heads].filter(([sport, head]) => head !== written(here.get(sport))));
    for (const [sport, head] of this.behind) {
      if (!missed && behind.get(sport) !== head) continue;
      const [message, steps] = loadSchema.parse(
        await this.link.evalToBuffers(LOAD, [this.key("boards"), this.stepsKey(sport)], [sport]),
      );
      if (!message) continue;
      const kept = read(message).message;
      if (kept.kind !== "step") continue;
      const past = steps.map((step) => readPast(step.toString()));
      listener.load({ board: kept.step.board, past }, kept.word);
    }
  }

  private hearWants(listener: ClusterListener, others: ReadonlyMap<string, string>): void {
    for (const [id, presence] of others) {
      if (id === this.id || this.others.get(id) === presence) continue;
      this.others.set(id, presence);
      listener.wants(id, readPresence(presence).wanted);
    }
    for (const id of [...this.others.keys()]) {
      if (others.has(id)) continue;
      this.others.delete(id);
      listener.wants(id, new Map());
    }
  }

  private receive(bytes: Buffer): void {
    if (!this.listener || senderOf(bytes) === this.id) return;
    try {
      const { from, message } = read(bytes);
      this.obey(this.listener, from, message);
    } catch (error) {
      this.log.error("What another process wrote is not understood", logError(error));
    }
  }

  private obey(listener: ClusterListener, from: string, message: Message): void {
    if (message.kind === "word") listener.word(message.sport, message.word);
    else if (message.kind === "ask") listener.ask(message.sport, message.client);
    else if (message.kind === "wants") {
      if (!this.reads) return;
      // The next heartbeat tells whether there is such a process.
      this.others.set(from, "");
      listener.wants(from, message.wanted);
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

const written = (head: Head | undefined): string => (head ? `${head.version} ${head.fetchedAt}` : "");

/** The pairs of a flat list, as Redis gives a hash. */
function* pairs(list: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i + 1 < list.length; i += 2) yield [list[i] ?? "", list[i + 1] ?? ""];
}
