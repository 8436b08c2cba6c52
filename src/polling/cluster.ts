import type { z } from "zod";
import type { Board, BoardPosition } from "../board/model.js";
import type { Snapshot, Step } from "../board/store.js";
import type { processReportSchema } from "../protocol/answers.js";
import type { Quota, SourceError } from "../source-error.js";

/** A quota as one process tells it to another, with when the upstream said it (ms since the epoch). */
export interface HeardQuota extends Quota {
  readonly heardAt: number;
}

/** Why a sport is not read as planned, and when it is tried again (ms since the epoch). */
export interface Trouble {
  readonly error: SourceError;
  readonly until: number;
}

/** How the reading of a sport goes: when it is read next (ms since the epoch), how often (ms), and what stands in the way. */
export interface PollStatus {
  readonly nextFetchAt: number;
  readonly everyMs: number;
  readonly trouble: Trouble | undefined;
}

/** What the process that reads tells the others of a sport, besides its board. */
export interface LeaderStatus {
  readonly pollStatus: PollStatus;
  /** What is known of the credits. */
  readonly quota: HeardQuota | undefined;
  /** How long ago the leader's last tick was due, in ms: the others tick with it. */
  readonly phaseMs: number;
  /**
   * `send`: a tick, everybody is sent the board. `failure`: a read failed, everybody is told. `answer`: to one that
   * asked, or to all before another takes over. `kept`: nobody says it now, it came with a board that was loaded.
   */
  readonly why: "send" | "failure" | "answer" | "kept";
}

/** Who a process is: where it listens, and which server it is of; absent in what an older one tells. */
export interface Where {
  readonly port?: number | undefined;
  readonly release?: string | undefined;
}

/** What a process tells of itself. `wanted`: weights by sport. `positions`: of its boards, by sport, in `epoch`. */
export interface NodeInfo extends Where {
  readonly clients: number;
  readonly wanted: ReadonlyMap<string, number>;
  readonly epoch: string;
  readonly positions: ReadonlyMap<string, BoardPosition>;
}

/** One of the processes, as all may know it. */
export type ProcessReport = Readonly<z.infer<typeof processReportSchema>>;

/** What a process is told by the others. */
export interface ClusterListener {
  /** What this process tells of itself. */
  nodeInfo(): NodeInfo;
  /** Versions are counted in this epoch from here on. */
  epoch(epoch: string): void;
  /** The leader wrote a step. False where it does not follow on what is here: then the whole is loaded. */
  step(step: Step, status: LeaderStatus): boolean;
  /** A board that this process does not have, or not as new, with its past. */
  load(snapshot: Snapshot, status: LeaderStatus): void;
  /** The leader says how a sport is doing. */
  hear(sport: string, status: LeaderStatus): void;
  /** One of the others wants a board for a client that asks once. */
  ask(sport: string, client: string | undefined): void;
  /**
   * What was written last of a sport (`position`) cannot be had from where it is kept. Whoever leads next counts on from
   * there all the same, as others may have it.
   */
  lost(sport: string, position: BoardPosition): void;
  /** Another process cannot have a sport's board: the leader is to write it once more. */
  rewrite(sport: string): void;
  /** What another process wants, weights by sport; empty when it is gone. */
  wants(process: string, weights: ReadonlyMap<string, number>): void;
  /** This process has become the leader; it has all that was written before. */
  elected(): void;
}

/** What a process says to the others. Nothing of it is waited for. */
export interface Others {
  /** Writes a board that was written before once more, for those who could not have it. */
  rewrite(board: Board, status: LeaderStatus): void;
  /** Tells the followers how a sport is doing; nobody hears one that does not lead. */
  tell(sport: string, status: LeaderStatus): void;
  /** Asks the leader for a sport, for a client that asks once. */
  ask(sport: string, client: string | undefined): void;
  /** Tells the leader at once what is wanted here. */
  want(): void;
  /** Reads fail here, and might not elsewhere: another process may lead for a while. Undefined: they work. */
  unwell(why: SourceError | undefined): void;
}

/**
 * The socket in the wall that other processes are behind. One of them reads the upstream; all keep the same boards.
 */
export interface Cluster {
  /** This process's name among them; it tells nothing of the machine. */
  readonly id: string;
  /** Whether this process may read the upstream now. */
  readonly leads: boolean;
  /** Whether it is in touch with the others. */
  readonly connected: boolean;
  /** The others; undefined where there can be none. */
  readonly others?: Others;
  /** The time by the clock that all processes go by, in ms since the epoch, whatever this machine's own clock says. */
  now(): number;
  /** Begins; `listener` is told of everything from here on. Resolves when it first is in touch with the others. */
  start(listener: ClusterListener): Promise<void>;
  /**
   * Writes a step so that every process has it. False when this process does not lead any more, or the step does not
   * follow on what was written: then nobody has it. Rejects when that cannot be known.
   */
  publish(step: Step, status: LeaderStatus): Promise<boolean>;
  /** All processes. Rejects with an error fit for strangers when the others cannot be reached. */
  processes(): Promise<ProcessReport[]>;
  /** Leads no more, at once: another process may. */
  stepDown(): Promise<void>;
  /** Leaves. */
  close(): Promise<void>;
}
