import { NOT_WATCHED } from "../polling/board-view.js";
import type { SportInShort } from "../polling/feed.js";
import type { Gap, StoredBoard } from "./records.js";

/** How often it is noted that the server lives, in ms. */
export const ALIVE_MS = 10_000;

/** Why a sport was not read as planned, where that is none of the upstream's codes. */
export const REASON = {
  /** No client wanted it. */
  nobodyWatched: "NOBODY_WATCHED",
  /** Its turn had to wait, as credits were saved. */
  credits: "CREDITS",
  /** It should have been read, and nothing is known to have stood in the way. */
  overdue: "OVERDUE",
  /** No server ran. */
  serverDown: "SERVER_DOWN",
  /** It was read, and that could not be kept. */
  historyDown: "HISTORY_DOWN",
  /** The process that could have told has ended. */
  unknown: "UNKNOWN",
} as const;

/** From when on a sport was not read for a reason, in ms since the epoch; undefined: nothing stands in the way. */
export interface Note {
  readonly at: number;
  readonly reason: string | undefined;
}

/** More than anybody wants to read; what is older is dropped. */
const MAX_NOTES = 100;
/** Sports that notes are kept of: more than there are. */
const MAX_SPORTS = 1000;

/** Notes, for each sport that was ever read or wanted here, why it is not read as planned. */
export class Coverage {
  private readonly notes = new Map<string, Note[]>();

  /** `startedAt`: since when this process notes, in ms since the epoch. */
  constructor(private readonly startedAt: number) {}

  /** Looks at all sports that are wanted now; whatever else was read before is not. */
  look(now: number, wanted: readonly SportInShort[]): void {
    const reasons = new Map(wanted.map((sport) => [sport.sport, reasonOf(sport, now)]));
    for (const sport of new Set([...this.notes.keys(), ...reasons.keys()])) {
      const reason = reasons.has(sport) ? reasons.get(sport) : REASON.nobodyWatched;
      const notes = this.of(sport);
      const last = notes.at(-1);
      if (last && last.reason === reason) continue;
      notes.push({ at: now, reason });
      if (notes.length > MAX_NOTES) notes.shift();
    }
  }

  /** A sport was read: what was noted of it until then, which is forgotten here. */
  take(sport: string): readonly Note[] {
    const notes = this.of(sport);
    this.notes.set(sport, [{ at: 0, reason: undefined }]);
    return notes;
  }

  /** Takes notes back, as the reading that they were taken for is not kept. */
  giveBack(sport: string, notes: readonly Note[]): void {
    const all = [...notes, ...this.of(sport)].sort((one, other) => one.at - other.at);
    const kept = all.filter(({ reason }, i) => i === 0 || reason !== all[i - 1]?.reason);
    this.notes.set(sport, kept.slice(-MAX_NOTES));
  }

  private of(sport: string): Note[] {
    const known = this.notes.get(sport);
    if (known) return known;
    const notes = [{ at: this.startedAt, reason: REASON.nobodyWatched }];
    const [oldest] = this.notes.keys();
    if (this.notes.size >= MAX_SPORTS && oldest !== undefined) this.notes.delete(oldest);
    this.notes.set(sport, notes);
    return notes;
  }
}

/**
 * What is to be noted of the time before this process, where what is stored was read before it; times in ms since the
 * epoch. `isAlone`: there are no others that can have lived meanwhile.
 */
export function notesBefore(
  startedAt: number,
  stored: Pick<StoredBoard, "at">,
  livedUntil: number | null,
  isAlone: boolean,
): readonly Note[] {
  if (stored.at >= startedAt) return [];
  const wasDown = isAlone || startedAt - (livedUntil ?? 0) > 2 * ALIVE_MS;
  return [
    { at: stored.at, reason: REASON.unknown },
    ...(wasDown ? [{ at: Math.max(stored.at, livedUntil ?? 0), reason: REASON.serverDown }] : []),
  ];
}

/**
 * The gaps between two readings, where the second is late by more than `patienceMs`: from when it was due, parted by
 * the reasons noted meanwhile.
 */
export function gapsBetween(
  before: Pick<StoredBoard, "at" | "everyMs">,
  to: number,
  notes: readonly Note[],
  patienceMs: number,
): readonly Gap[] {
  const due = before.at + before.everyMs;
  if (to - due <= patienceMs) return [];
  const gaps: Gap[] = [];
  let from = due;
  let reason: string = notes.findLast(({ at }) => at <= due)?.reason ?? REASON.overdue;
  for (const note of notes) {
    // Where a reason is over and yet nothing was read, it had its after-effects.
    if (note.at <= due || note.at >= to || note.reason === undefined || note.reason === reason) continue;
    addGap(gaps, { from, to: note.at, reason }, patienceMs);
    from = note.at;
    reason = note.reason;
  }
  addGap(gaps, { from, to, reason }, patienceMs);
  return gaps;
}

/** Adds a gap; one that is too brief to be told apart is part of the one before, or else of the one after it. */
function addGap(gaps: Gap[], gap: Gap, patienceMs: number): void {
  const isBrief = ({ from, to }: Gap) => to - from <= patienceMs;
  const last = gaps.at(-1);
  if (!last) gaps.push(gap);
  else if (isBrief(last)) gaps[gaps.length - 1] = { ...gap, from: last.from };
  else if (isBrief(gap) || last.reason === gap.reason) gaps[gaps.length - 1] = { ...last, to: gap.to };
  else gaps.push(gap);
}

function reasonOf({ status, reason, error, nextFetchAt }: SportInShort, now: number): string | undefined {
  if (status === "live" || status === "starting") return undefined;
  // Somebody has come to want it again: it waits for its turn, or is just being read.
  if (reason === NOT_WATCHED) return nextFetchAt > now ? REASON.credits : undefined;
  return error?.reason === "CREDIT_RESERVE" ? REASON.credits : (reason ?? REASON.overdue);
}
