import { promisify } from "node:util";
import type { Reading } from "../board/model.js";
import type { BoardStore, Step } from "../board/store.js";
import { logError } from "../errors.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { SourceError } from "../source-error.js";
import type { Cluster, LeaderStatus } from "./cluster.js";
import type { LeaderStatuses } from "./leader-status.js";
import type { Updates } from "./updates.js";

const turn = promisify(setImmediate);

/** After so many failures in a row, a leader takes it that reads fail here, and maybe not elsewhere. */
const FAILURES = 2;
/** Failures within this time (ms) are one: the reads of a tick fail together. */
const TOGETHER_MS = 1000;

/** What may be heard of the steps that this process, leading, had every process take in. */
export interface StepsListener {
  /** `everyMs`: how often the sport is to be read now, in ms. A tick waits for what is done at once: it must be little. */
  accepted(step: Step, everyMs: number): void;
}

/** Makes steps of the leader's readings, and has every process take them in: all that it tells its followers. */
export class Publisher {
  /** Readings that not every process has yet: paid for, so they are shared when that is possible again. */
  private readonly unshared = new Map<string, Reading>();
  /** Sports whose last step did not reach every process: said once. */
  private readonly said = new Set<string>();
  private readonly listeners: StepsListener[] = [];
  private readonly faults: Faults;
  private failures = 0;
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly cluster: Cluster,
    private readonly boards: BoardStore,
    private readonly statuses: LeaderStatuses,
    private readonly updates: Updates,
    private readonly log: Logger,
  ) {
    this.faults = new Faults(log);
  }

  /** Tells `listener` of every step from here on. */
  listen(listener: StepsListener): void {
    this.listeners.push(listener);
  }

  /** Makes a step of a reading and has it shared; what cannot be now is kept. Resolves with whether it brought anything new. */
  async publish(sport: string, reading: Reading): Promise<boolean> {
    const { boards } = this;
    // A big board's every stage is long enough: others get a turn in between.
    await turn();
    const before = boards.get(sport);
    const isOld = before !== undefined && before.fetchedAt > reading.fetchedAt && this.unshared.has(sport);
    const step = isOld ? undefined : boards.draft(sport, reading);
    await turn();
    const isNew = step !== undefined && step.board !== boards.get(sport);
    if (isNew && !(await this.share(step))) {
      this.unshared.set(sport, reading);
      return false;
    }
    this.unshared.delete(sport);
    return isNew;
  }

  /** A reading that was paid for and not every process has yet; undefined where there is none. */
  unsharedOf(sport: string): Reading | undefined {
    return this.unshared.get(sport);
  }

  /** A board of an epoch that is over becomes the first of this one. */
  async renumber(sport: string): Promise<void> {
    const step = this.boards.renumbered(sport);
    if (step) await this.share(step);
  }

  /** A follower cannot have a board of this epoch: it is written once more. */
  rewrite(sport: string): void {
    const board = this.boards.get(sport);
    if (board?.epoch !== this.boards.epoch) return;
    this.cluster.others?.rewrite(board, this.statuses.message(sport, "kept"));
  }

  /** Tells the followers how a sport is doing. */
  tell(sport: string, why: LeaderStatus["why"]): void {
    this.cluster.others?.tell(sport, this.statuses.message(sport, why));
  }

  /** A read of a sport failed: everybody is told, here and elsewhere. */
  failed(sport: string, error: SourceError): void {
    this.updates.fail(sport, error);
    this.tell(sport, "failure");
    if (this.failsHereOnly(error)) this.cluster.others?.unwell(error);
  }

  private async share(step: Step): Promise<boolean> {
    const { sport } = step.board;
    this.failures = 0;
    this.cluster.others?.unwell(undefined);
    const level = this.said.has(sport) ? "debug" : "warn";
    this.said.add(sport);
    try {
      const isShared = await this.cluster.publish(step, this.statuses.message(sport, "send"));
      const taken = isShared ? this.boards.take(step) : "gap";
      if (taken === "taken") this.tellOf(step);
      if (taken !== "gap") {
        this.said.delete(sport);
        return true;
      }
      this.log[level](`A reading of ${sport} came to nothing: this process does not lead any more`, {
        sport,
      });
    } catch (error) {
      this.log[level](`A reading of ${sport} could not be shared yet: it is tried again`, {
        sport,
        ...logError(error),
      });
    }
    return false;
  }

  private tellOf(step: Step): void {
    const { sport } = step.board;
    for (const listener of this.listeners) {
      try {
        listener.accepted(step, this.statuses.of(sport).everyMs);
      } catch (thrown) {
        this.faults.note(`A step of ${sport} could not be told`, thrown);
      }
    }
  }

  /**
   * Whether this process should let another lead: its network or its key may be at fault, which the others need not
   * share. What they would surely share (our pace, a wrong sport, our own reserve) does not count.
   */
  private failsHereOnly({ recovery, reason }: SourceError): boolean {
    if (recovery === "person") return reason !== "CREDIT_RESERVE";
    if (recovery !== "retry") return false;
    const now = performance.now();
    if (now - this.failedAt > TOGETHER_MS) this.failures += 1;
    this.failedAt = now;
    return this.failures >= FAILURES;
  }
}
