import { promisify } from "node:util";
import { z } from "zod";
import type { Board, BoardPosition } from "../board/model.js";
import { type PastStep, RECENT_STEPS_LIMITS } from "../board/recent-steps.js";
import { again, type Snapshot, type Step } from "../board/store.js";
import { logError } from "../errors.js";
import type { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { LeaderStatus } from "../polling/cluster.js";
import { LEASE_MS, type Lease } from "./lease.js";
import { readInTurns, writeStep } from "./message-codec.js";
import type { Node } from "./node.js";
import { readPast, writePast, writePosition } from "./record-codec.js";
import type { RedisLink } from "./redis-link.js";
import { LOAD, PUBLISH } from "./scripts.js";

/** The steps of a board that nobody writes are kept this long, in ms: as long as they are of use in memory. */
const STEPS_MS = RECENT_STEPS_LIMITS.ageMs;
/** The latest steps of a board are kept up to about this many bytes: what a client missed of more is larger than the board. */
const STEPS_BYTES = 256 * 1024;
/** So many bytes of steps are read in one go; then others get a turn. */
const TURN_BYTES = 16 * 1024;
/** A board is written once more, for those who could not have it, no more often than this, in ms. */
const REWRITE_MS = 1000;

const turn = promisify(setImmediate);
const loadSchema = z.tuple([z.instanceof(Buffer).nullable(), z.array(z.instanceof(Buffer))]);

/** The boards in Redis, each with its latest steps. */
export class RedisBoards {
  /** When a board was last written once more, by sport, in ms on the monotonic clock. */
  private readonly rewritten = new Map<string, number>();

  constructor(
    private readonly node: Node,
    private readonly lease: Lease,
    private readonly link: RedisLink,
    private readonly faults: Faults,
    private readonly log: Logger,
  ) {}

  /** What everybody is told of a step. Made before it is written: a fault in this has left Redis as it was. */
  message(step: Step, status: LeaderStatus): Promise<Buffer> {
    return writeStep(this.node.id, step, status);
  }

  /**
   * Writes a step and tells everybody. False where this process does not hold the lease, or the step does not follow on
   * the last.
   */
  async write(step: Step, message: Buffer): Promise<boolean> {
    const { token } = this.lease;
    if (token === undefined) return false;
    const { board, follows, dirty } = step;
    const { sport, epoch, version, fetchedAt } = board;
    const text = dirty ? writePast({ version, at: fetchedAt, dirty }) : "";
    // Before one that is too large to keep, none is of use.
    const past = text.length > STEPS_BYTES ? "" : text;
    // Each step makes room for as many of its own size: a list of them is never much more than it may be.
    const kept = Math.max(
      1,
      Math.min(RECENT_STEPS_LIMITS.steps, Math.floor(STEPS_BYTES / Math.max(1, past.length))),
    );
    const done = await this.link.eval(
      PUBLISH,
      this.node.keys("lease", "fence", "epoch", "heads", "boards", stepsOf(epoch, sport)),
      [
        ...[
          token,
          token.split(":").at(-1) ?? "",
          String(LEASE_MS),
          epoch,
          sport,
          writePosition(follows),
          String(version),
          String(fetchedAt),
          message,
          past,
        ],
        ...[String(kept), String(STEPS_MS), this.node.channel],
      ],
    );
    return done === 1;
  }

  /** Writes a board that was written before once more, as long as this process holds the lease. */
  rewrite(board: Board, status: LeaderStatus): void {
    const now = performance.now();
    if (this.lease.token === undefined) return;
    if (now - (this.rewritten.get(board.sport) ?? Number.NEGATIVE_INFINITY) < REWRITE_MS) return;
    this.rewritten.set(board.sport, now);
    const step = again(board);
    this.message(step, status)
      .then((message) => this.write(step, message))
      .catch((error: unknown) => this.log.debug("A board could not be written once more", logError(error)));
  }

  /** A board with its past; undefined where it is not there, not this one, or cannot be read: each by itself. */
  async load(
    epoch: string,
    sport: string,
    position: BoardPosition,
  ): Promise<{ snapshot: Snapshot; status: LeaderStatus } | undefined> {
    const reply = await this.link.evalToBuffers(LOAD, this.node.keys("boards", stepsOf(epoch, sport)), [
      sport,
    ]);
    try {
      const [message, steps] = loadSchema.parse(reply);
      if (!message) return undefined;
      const kept = await readInTurns(message);
      await turn();
      if (kept.kind !== "step" || kept.step.board.version < position.version) return undefined;
      return { snapshot: { board: kept.step.board, past: await readAll(steps) }, status: kept.status };
    } catch (thrown) {
      this.faults.note(
        `The board of ${sport} that Redis keeps is not understood: it is as if there were none`,
        thrown,
      );
      return undefined;
    }
  }
}

const stepsOf = (epoch: string, sport: string) => `steps:${epoch}:${sport}`;

/** The latest steps, as far back as they can be read, oldest first. */
async function readAll(steps: readonly Buffer[]): Promise<PastStep[]> {
  const past: PastStep[] = [];
  let bytes = 0;
  for (const step of [...steps].reverse()) {
    try {
      past.unshift(readPast(step.toString()));
    } catch {
      break;
    }
    bytes += step.length;
    if (bytes < TURN_BYTES) continue;
    bytes = 0;
    await turn();
  }
  return past;
}
