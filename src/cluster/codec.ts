import { promisify } from "node:util";
import { deflate, inflate, inflateSync } from "node:zlib";
import { z } from "zod";
import type { DirtyKeys } from "../board/dirty-keys.js";
import { boardEventSchema, sourceNameSchema } from "../board/model.js";
import type { PastStep } from "../board/recent-steps.js";
import type { Step } from "../board/store.js";
import { ERROR_STATUS, type ErrorCode, SourceError } from "../errors.js";
import type { LeaderStatus, NodeInfo } from "../polling/cluster.js";

/*
 * How what processes tell one another is written: the sender's name, then JSON; a board's is deflated, as it is 20
 * times smaller so, and is done once for all who read it. All times are by the clock that all go by.
 */

/** A process's name is this many characters. */
export const ID_LENGTH = 12;
/** Level 3 of 9: half the time of the usual 6, for a tenth more bytes. */
const DEFLATE_LEVEL = 3;
/** No board is larger than this, in bytes. */
const MAX_BOARD_BYTES = 64 * 1024 * 1024;
/** The first byte of deflated data (RFC 1950, section 2.2). */
const DEFLATED = 0x78;

const deflated = promisify(deflate);
const inflated = promisify(inflate);
const turn = promisify(setImmediate);

const keys = z.array(z.string()).optional();
interface WireMarks {
  gone?: string[] | undefined;
  fresh?: string[] | undefined;
  placed?: string[] | undefined;
  fields?: string[] | undefined;
  below?: [string, WireMarks][] | undefined;
}
const marksSchema: z.ZodType<WireMarks> = z.object({
  gone: keys,
  fresh: keys,
  placed: keys,
  fields: keys,
  get below() {
    return z.array(z.tuple([z.string(), marksSchema])).optional();
  },
});
const pastStepSchema = z.object({ version: z.int(), at: z.number(), marks: marksSchema });

const count = z.number().nullable();
const wordSchema = z.object({
  pollStatus: z.object({
    nextFetchAt: z.number(),
    everyMs: z.number(),
    trouble: z
      .object({
        code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
        message: z.string(),
        recovery: z.enum(["retry", "slow-down", "remember", "person"]),
        reason: z.string(),
        until: z.number(),
      })
      .optional(),
  }),
  // What is not dated, as by an older process, is older than anything.
  quota: z.object({ remaining: count, used: count, last: count, heardAt: z.number().default(0) }).optional(),
  phaseMs: z.number(),
  why: z.enum(["send", "failure", "answer", "kept"]),
});
const headSchema = z.object({ version: z.int(), fetchedAt: z.number() });
const voicesSchema = z.array(z.tuple([z.string(), z.number()]));

const messageSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("step"),
    from: z.int(),
    follows: headSchema.optional(),
    board: z.object({
      sport: z.string(),
      source: sourceNameSchema,
      epoch: z.string(),
      version: z.int(),
      fetchedAt: z.number(),
      events: z.array(boardEventSchema),
    }),
    marks: marksSchema.nullable(),
    reread: z.array(z.string()),
    word: wordSchema,
  }),
  z.object({ kind: z.literal("word"), sport: z.string(), word: wordSchema }),
  z.object({ kind: z.literal("ask"), sport: z.string(), client: z.string().optional() }),
  /** `turn`: which of the sender's words on what it wants; an older one is not heard. */
  z.object({ kind: z.literal("wants"), wanted: voicesSchema, turn: z.int() }),
  /** The sender cannot have a sport's board from Redis. */
  z.object({ kind: z.literal("lost"), sport: z.string() }),
  /** The lease is free. */
  z.object({ kind: z.literal("free") }),
  /** The sender has left. */
  z.object({ kind: z.literal("left") }),
]);

/** What one process tells the others. */
export type Message =
  | { kind: "step"; step: Step; word: LeaderStatus }
  | { kind: "word"; sport: string; word: LeaderStatus }
  | { kind: "ask"; sport: string; client: string | undefined }
  | { kind: "wants"; wanted: ReadonlyMap<string, number>; turn: number }
  | { kind: "lost"; sport: string }
  | { kind: "free" | "left" };

/** A message other than a step, from the process with this name. */
export function write(id: string, message: Exclude<Message, { kind: "step" }>): Buffer {
  const wire =
    message.kind === "word"
      ? { ...message, word: wireWord(message.word) }
      : message.kind === "wants"
        ? { ...message, wanted: [...message.wanted] }
        : message;
  return Buffer.from(id + JSON.stringify(wire));
}

/** A step and the word that goes with it. */
export async function writeStep(id: string, step: Step, word: LeaderStatus): Promise<Buffer> {
  const { board, from, follows, marks, reread } = step;
  const wire = {
    kind: "step",
    from,
    follows,
    board,
    marks: marks ? wireMarks(marks) : null,
    reread,
    word: wireWord(word),
  };
  return Buffer.concat([Buffer.from(id), await deflated(JSON.stringify(wire), { level: DEFLATE_LEVEL })]);
}

/** Reads a message. Throws when it is not of the form. */
export function read(bytes: Buffer): { from: string; message: Message } {
  const body = bytes.subarray(ID_LENGTH);
  const text = body[0] === DEFLATED ? inflateSync(body, { maxOutputLength: MAX_BOARD_BYTES }) : body;
  return { from: senderOf(bytes), message: messageOf(JSON.parse(text.toString())) };
}

/** Reads a step that is kept, others having their turns in between. Rejects when it is not of the form. */
export async function readInTurns(bytes: Buffer): Promise<Message> {
  const text = await inflated(bytes.subarray(ID_LENGTH), { maxOutputLength: MAX_BOARD_BYTES });
  const wire: unknown = JSON.parse(text.toString());
  await turn();
  return messageOf(wire);
}

function messageOf(told: unknown): Message {
  const wire = messageSchema.parse(told);
  if (wire.kind === "step") {
    const { board, follows, reread, marks, word } = wire;
    const step = { board, from: wire.from, follows, marks: marks ? marksOf(marks) : undefined, reread };
    return { kind: "step", step, word: wordOf(word) };
  }
  if (wire.kind === "word") return { ...wire, word: wordOf(wire.word) };
  if (wire.kind === "wants") return { ...wire, wanted: new Map(wire.wanted) };
  if (wire.kind === "ask") return { ...wire, client: wire.client };
  return wire;
}

/** Whose message it is, without reading it. */
export function senderOf(bytes: Buffer): string {
  return bytes.toString("latin1", 0, ID_LENGTH);
}

/** A step as it is kept for those who come later. */
export function writePast({ version, at, marks }: PastStep): string {
  return JSON.stringify({ version, at, marks: wireMarks(marks) });
}

/** Reads a kept step. Throws when it is not of the form. */
export function readPast(text: string): PastStep {
  const { version, at, marks } = pastStepSchema.parse(JSON.parse(text));
  return { version, at, marks: marksOf(marks) };
}

const presenceSchema = z.object({
  clients: z.number(),
  wanted: voicesSchema,
  epoch: z.string(),
  heads: z.array(z.tuple([z.string(), headSchema])),
  turn: z.int(),
});

/** What a process tells of itself, for Redis to keep; `turn` is that of its last word on what it wants. */
export function writeNodeInfo({ clients, wanted, epoch, heads }: NodeInfo, turn: number): string {
  return JSON.stringify({ clients, wanted: [...wanted], epoch, heads: [...heads], turn });
}

/** Reads what a process told of itself. Throws when it is not of the form. */
export function readNodeInfo(text: string): NodeInfo & { readonly turn: number } {
  const { wanted, heads, ...rest } = presenceSchema.parse(JSON.parse(text));
  return { ...rest, wanted: new Map(wanted), heads: new Map(heads) };
}

function wireWord({ pollStatus, ...rest }: LeaderStatus): z.input<typeof wordSchema> {
  const { trouble, ...other } = pollStatus;
  if (!trouble) return { ...rest, pollStatus: other };
  const { code, message, recovery, reason } = trouble.error;
  return {
    ...rest,
    pollStatus: { ...other, trouble: { code, message, recovery, reason, until: trouble.until } },
  };
}

function wordOf({ pollStatus, quota, ...rest }: z.output<typeof wordSchema>): LeaderStatus {
  const { trouble, ...other } = pollStatus;
  return {
    ...rest,
    quota,
    pollStatus: {
      ...other,
      trouble: trouble && {
        error: new SourceError(trouble.code, trouble.message, trouble.recovery, trouble.reason),
        until: trouble.until,
      },
    },
  };
}

function wireMarks(marks: DirtyKeys): WireMarks {
  const list = (set: ReadonlySet<string>) => (set.size > 0 ? [...set] : undefined);
  return {
    gone: list(marks.gone),
    fresh: list(marks.fresh),
    placed: list(marks.placed),
    fields: list(marks.fields),
    below:
      marks.below.size > 0
        ? [...marks.below].map(([key, below]): [string, WireMarks] => [key, wireMarks(below)])
        : undefined,
  };
}

function marksOf({ gone, fresh, placed, fields, below }: WireMarks): DirtyKeys {
  return {
    gone: new Set(gone),
    fresh: new Set(fresh),
    placed: new Set(placed),
    fields: new Set(fields),
    below: new Map(below?.map(([key, marks]) => [key, marksOf(marks)])),
  };
}
