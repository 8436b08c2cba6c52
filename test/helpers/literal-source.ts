import { expect } from "vitest";
import type { BoardEvent, OddsEvent } from "../../src/board/model.js";
import { BoardStore } from "../../src/board/store.js";
import type { OddsSource } from "../../src/polling/odds-source.js";
import { sport } from "./fake-odds-api.js";

/** What a server has to make of a reading. */
export interface Was {
  readonly version: number;
  readonly events: readonly BoardEvent[];
}

interface Plan {
  readonly boards: OddsEvent[][];
  reads: number;
  fetchedAt: number;
  /** What was on the board, by when it was read. */
  readonly was: Map<number, Was>;
}

/**
 * A source of literal boards for the sports `run_0` to `run_<sports - 1>`: each read of one gives its next board, the
 * last one again and again. It keeps what a server has to make of each.
 */
export function literalSource(sports: number) {
  const plans = new Map<string, Plan>();
  const store = new BoardStore("e");
  const planned = (key: string) => plans.get(key) ?? expect.fail(`nobody planned ${key}`);
  const source: OddsSource = {
    name: "simulated",
    sports: async () => ({ sports: Array.from({ length: sports }, (_, i) => sport(`run_${i}`)) }),
    board: async ({ key }) => {
      const plan = planned(key);
      plan.fetchedAt = Math.max(Date.now(), plan.fetchedAt + 1);
      const events = plan.boards[Math.min(plan.reads, plan.boards.length - 1)] ?? [];
      plan.reads += 1;
      const reading = { events, fetchedAt: plan.fetchedAt };
      plan.was.set(plan.fetchedAt, store.put(key, reading));
      return reading;
    },
    close: () => {},
  };
  return {
    source,
    plan: (key: string, boards: OddsEvent[][]) =>
      plans.set(key, { boards, reads: 0, fetchedAt: 0, was: new Map() }),
    isOver: (key: string) => planned(key).reads >= planned(key).boards.length,
    was: (key: string, fetchedAt: number) => planned(key).was.get(fetchedAt),
  };
}
