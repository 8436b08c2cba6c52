import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { OddsEvent } from "../../src/board/model.js";

const folder = path.resolve(import.meta.dirname, "../../../shared/data");

/**
 * Whether the recorded answers of The Odds API are there. A test that needs them skips where they are not, as in CI, and
 * the run names it. What stands in for them there: surprising-board.ts has each of their forms, random-boards.ts what
 * changes from one to the next (merge, apply-delta), and upstream-faults.ts errors of the documented form.
 */
export const haveRecordings = existsSync(folder);

/** Why a test skips without them. */
export const NO_RECORDINGS = "skipped: the recorded answers (../shared/data) are not here";

/** The recorded board files, by name. */
export function recordedBoards(): { name: string; events: OddsEvent[] }[] {
  return read("boards");
}

/** The recorded sequence of NFL boards, oldest first; the first 14 lie within an hour. */
export function recordedSequence(): { name: string; events: OddsEvent[] }[] {
  return read("sequences/nfl_spreads");
}

/** A recorded error body, such as `401_INVALID_KEY`. */
export function recordedError(name: string): unknown {
  return JSON.parse(readFileSync(path.join(folder, "errors", `${name}.json`), "utf8"));
}

function read(of: string): { name: string; events: OddsEvent[] }[] {
  if (!haveRecordings) return [];
  return readdirSync(path.join(folder, of))
    .sort()
    .map((file) => ({
      name: path.basename(file, ".json"),
      events: JSON.parse(readFileSync(path.join(folder, of, file), "utf8")),
    }));
}
