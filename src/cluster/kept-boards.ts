import { z } from "zod";
import type { Faults } from "../faults.js";
import type { Step } from "../odds/board-store.js";
import type { ClusterListener, Head, Word } from "../odds/ports.js";
import { RING_LIMITS } from "../odds/ring.js";
import type { Keys } from "./keys.js";
import type { RedisLink } from "./redis-link.js";
import { LOAD, PUBLISH } from "./scripts.js";
import { read, readPast, writePast, writeStep } from "./travel.js";

/** The steps of a board that nobody writes are kept this long, in ms: as long as they are of use in memory. */
const STEPS_MS = RING_LIMITS.ageMs;

const loadSchema = z.tuple([z.instanceof(Buffer).nullable(), z.array(z.instanceof(Buffer))]);

/** The boards in Redis, each with its latest steps. */
export class KeptBoards {
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
  message(lease: string, step: Step, word: Word): Promise<Buffer> {
    return writeStep(this.id, lease, step, word);
  }

  /** Writes a step and tells everybody. False where the lease is another's, or the step does not follow on the last. */
  async write(lease: string, step: Step, message: Buffer): Promise<boolean> {
    const { board, from, marks } = step;
    const { sport, epoch, version, fetchedAt } = board;
    const past = marks ? writePast({ version, at: fetchedAt, marks }) : "";
    const done = await this.link.eval(
      PUBLISH,
      [...this.keys.all("lease", "epoch", "heads", "boards"), this.stepsKey(epoch, sport)],
      [
        ...[lease, epoch, sport, String(from), String(version), String(fetchedAt), message, past],
        ...[String(RING_LIMITS.steps), String(STEPS_MS), this.keys.of("channel")],
      ],
    );
    return done === 1;
  }

  /**
   * Loads the boards that others wrote, by their heads, and this process has not heard of. What is just on its way is
   * waited for, unless something was surely `missed`.
   */
  async catchUp(
    listener: ClusterListener,
    epoch: string,
    heads: ReadonlyMap<string, string>,
    missed: boolean,
  ): Promise<void> {
    const { behind } = this;
    const here = listener.presence().heads;
    this.behind = new Map([...heads].filter(([sport, head]) => head !== written(here.get(sport))));
    for (const [sport, head] of this.behind) {
      if (!missed && behind.get(sport) !== head) continue;
      const [message, steps] = loadSchema.parse(
        await this.link.evalToBuffers(LOAD, [this.keys.of("boards"), this.stepsKey(epoch, sport)], [sport]),
      );
      if (message) this.load(listener, sport, message, steps);
    }
  }

  /** A board that cannot be read costs its sport, and not the touch with all the others. */
  private load(listener: ClusterListener, sport: string, message: Buffer, steps: readonly Buffer[]): void {
    try {
      const kept = read(message).message;
      if (kept.kind !== "step") return;
      const past = steps.map((step) => readPast(step.toString()));
      listener.load({ board: kept.step.board, past }, kept.word);
    } catch (thrown) {
      this.faults.note(`The board of ${sport} that Redis keeps is not understood`, thrown);
    }
  }

  private stepsKey(epoch: string, sport: string): string {
    return this.keys.of(`steps:${epoch}:${sport}`);
  }
}

const written = (head: Head | undefined): string => (head ? `${head.version} ${head.fetchedAt}` : "");
