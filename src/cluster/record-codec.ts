import { z } from "zod";
import type { DirtyKeys } from "../board/dirty-keys.js";
import type { BoardPosition } from "../board/model.js";
import type { PastStep } from "../board/recent-steps.js";
import type { NodeInfo } from "../polling/cluster.js";

/*
 * How what processes leave in Redis for one another is written: as JSON, and a board's position as two numbers. All
 * times are by the clock that all go by. Keys in it (`marks`, `heads`) are older than the names in the code: processes
 * of two releases share a Redis for a while.
 */

/** A hash, as a script returns it: a flat list of names and values. */
export const hashSchema = z
  .array(z.string())
  .transform(
    (list) => new Map(list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1] ?? ""] as const] : []))),
  );

/** A board's position. */
export const positionSchema = z.object({ version: z.int(), fetchedAt: z.number() });
/** Weights by sport. */
export const weightsSchema = z.array(z.tuple([z.string(), z.number()]));

const keys = z.array(z.string()).optional();
/** Dirty keys as they are written; empty sets are left out. */
export interface WireKeys {
  gone?: string[] | undefined;
  fresh?: string[] | undefined;
  placed?: string[] | undefined;
  fields?: string[] | undefined;
  below?: [string, WireKeys][] | undefined;
}
/** The same, to be checked. */
export const dirtyKeysSchema: z.ZodType<WireKeys> = z.object({
  gone: keys,
  fresh: keys,
  placed: keys,
  fields: keys,
  get below() {
    return z.array(z.tuple([z.string(), dirtyKeysSchema])).optional();
  },
});

/** Dirty keys, to be written. */
export function wireKeys(dirty: DirtyKeys): WireKeys {
  const list = (set: ReadonlySet<string>) => (set.size > 0 ? [...set] : undefined);
  return {
    gone: list(dirty.gone),
    fresh: list(dirty.fresh),
    placed: list(dirty.placed),
    fields: list(dirty.fields),
    below:
      dirty.below.size > 0
        ? [...dirty.below].map(([key, below]): [string, WireKeys] => [key, wireKeys(below)])
        : undefined,
  };
}

/** Dirty keys that were read. */
export function dirtyKeysOf({ gone, fresh, placed, fields, below }: WireKeys): DirtyKeys {
  return {
    gone: new Set(gone),
    fresh: new Set(fresh),
    placed: new Set(placed),
    fields: new Set(fields),
    below: new Map(below?.map(([key, keys]) => [key, dirtyKeysOf(keys)])),
  };
}

const POSITION = /^(\d+) (\d+)$/;

/** The position of the board that was written last; empty for none. */
export function writePosition(position: BoardPosition | undefined): string {
  return position ? `${position.version} ${position.fetchedAt}` : "";
}

/** Reads a position; undefined where it is none. */
export function readPosition(text: string): BoardPosition | undefined {
  const [, version, fetchedAt] = POSITION.exec(text) ?? [];
  return version && fetchedAt ? { version: Number(version), fetchedAt: Number(fetchedAt) } : undefined;
}

const pastStepSchema = z.object({ version: z.int(), at: z.number(), marks: dirtyKeysSchema });

/** A step as it is kept for those who come later. */
export function writePast({ version, at, dirty }: PastStep): string {
  return JSON.stringify({ version, at, marks: wireKeys(dirty) });
}

/** Reads a kept step. Throws when it is not of the form. */
export function readPast(text: string): PastStep {
  const { version, at, marks } = pastStepSchema.parse(JSON.parse(text));
  return { version, at, dirty: dirtyKeysOf(marks) };
}

const nodeInfoSchema = z.object({
  clients: z.number(),
  wanted: weightsSchema,
  epoch: z.string(),
  heads: z.array(z.tuple([z.string(), positionSchema])),
  turn: z.int(),
  port: z.int().optional(),
  release: z.string().optional(),
});

/** What a process tells of itself, for Redis to keep; `turn` is that of its last message on what it wants. */
export function writeNodeInfo({ wanted, positions, ...rest }: NodeInfo, turn: number): string {
  return JSON.stringify({ ...rest, wanted: [...wanted], heads: [...positions], turn });
}

/** Reads what a process told of itself. Throws when it is not of the form. */
export function readNodeInfo(text: string): NodeInfo & { readonly turn: number } {
  const { wanted, heads, ...rest } = nodeInfoSchema.parse(JSON.parse(text));
  return { ...rest, wanted: new Map(wanted), positions: new Map(heads) };
}
