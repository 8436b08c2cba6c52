import { promisify } from "node:util";
import { z } from "zod";
import type { BoardPosition } from "../board/model.js";
import { type PastStep, RECENT_STEPS_LIMITS } from "../board/recent-steps.js";
import type { Snapshot, Step } from "../board/store.js";
import type { Faults } from "../faults.js";
import type { ClusterListener, LeaderStatus } from "../polling/cluster.js";
import { readInTurns, readPast, writePast, writeStep } from "./codec.js";
import type { Keys } from "./keys.js";
import { LEASE_MS } from "./lease.js";
import type { RedisLink } from "./redis-link.js";
import { LOAD, PUBLISH } from "./scripts.js";

/** The steps of a board that nobody writes are kept this long, in ms: as long as they are of use in memory. */
const STEPS_MS = RECENT_STEPS_LIMITS.ageMs;
/** The latest steps of a board are kept up to about this many bytes: what a client missed of more is larger than the board. */
const STEPS_BYTES = 256 * 1024;
/** So many bytes of steps are read in one go; then others get a turn. */
const TURN_BYTES = 16 * 1024;

const turn = promisify(setImmediate);
const loadSchema = z.tuple([z.instanceof(Buffer).nullable(), z.array(z.instanceof(Buffer))]);
const HEAD = /^(\d+) (\d+)$/;

/** The boards in Redis, each with its latest steps. */
export class RedisBoards {
  /** Heads that this process was behind of the last time. */
  private behind = new Map<string, string>();

  /** `id` is this process's name. */
  constructor(
    private readonly id: string,
    private readonly link: RedisLink,
    private readonly keys: Keys,
    private readonly faults: Faults,
  ) {}

  /** What everybody is told of a step. Made before it is written: a fault in this has left Redis as it was. */
  message(step: Step, status: LeaderStatus): Promise<Buffer> {
    return writeStep(this.id, step, status);
  }

  /** Writes a step and tells everybody. False where the lease is another's, or the step does not follow on the last. */
  async write(token: string, step: Step, message: Buffer): Promise<boolean> {
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
      [...this.keys.all("lease", "fence", "epoch", "heads", "boards"), this.stepsKey(epoch, sport)],
      [
        ...[
          token,
          token.split(":").at(-1) ?? "",
          String(LEASE_MS),
          epoch,
          sport,
          written(follows),
          String(version),
          String(fetchedAt),
          message,
          past,
        ],
        ...[String(kept), String(STEPS_MS), this.keys.of("channel")],
      ],
    );
    return done === 1;
  }

  /**
   * Loads the boards that others wrote, by their positions, and this process has not heard of. What is just on its way is
   * waited for, unless something was surely `missed`. Returns the sports whose boards cannot be had.
   */
  async catchUp(
    listener: ClusterListener,
    epoch: string,
    positions: ReadonlyMap<string, string>,
    missed: boolean,
  ): Promise<string[]> {
    const { behind } = this;
    const here = listener.nodeInfo().positions;
    this.behind = new Map([...positions].filter(([sport, head]) => head !== written(here.get(sport))));
    const lost: string[] = [];
    for (const [sport, text] of this.behind) {
      if (!missed && behind.get(sport) !== text) continue;
      const head = positionOf(text);
      if (!head) continue;
      const found = await this.load(epoch, sport, head);
      if (found) listener.load(found.snapshot, found.status);
      else {
        listener.lost(sport, head);
        lost.push(sport);
      }
      await turn();
    }
    return lost;
  }

  /** A board with its past; undefined where it is not there, not this one, or cannot be read: each by itself. */
  private async load(
    epoch: string,
    sport: string,
    head: BoardPosition,
  ): Promise<{ snapshot: Snapshot; status: LeaderStatus } | undefined> {
    const reply = await this.link.evalToBuffers(
      LOAD,
      [this.keys.of("boards"), this.stepsKey(epoch, sport)],
      [sport],
    );
    try {
      const [message, steps] = loadSchema.parse(reply);
      if (!message) return undefined;
      const kept = await readInTurns(message);
      await turn();
      if (kept.kind !== "step" || kept.step.board.version < head.version) return undefined;
      return { snapshot: { board: kept.step.board, past: await readAll(steps) }, status: kept.status };
    } catch (thrown) {
      this.faults.note(
        `The board of ${sport} that Redis keeps is not understood: it is as if there were none`,
        thrown,
      );
      return undefined;
    }
  }

  private stepsKey(epoch: string, sport: string): string {
    return this.keys.of(`steps:${epoch}:${sport}`);
  }
}

const written = (head: BoardPosition | undefined): string =>
  head ? `${head.version} ${head.fetchedAt}` : "";

function positionOf(text: string): BoardPosition | undefined {
  const [, version, fetchedAt] = HEAD.exec(text) ?? [];
  return version && fetchedAt ? { version: Number(version), fetchedAt: Number(fetchedAt) } : undefined;
}

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
