import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { Writable } from "node:stream";

/** When a log file is rotated, and how many are kept: `combined.log`, `combined.log.1`, … */
export interface RotationLimits {
  readonly maxBytes: number;
  readonly files: number;
}

/** What a log file's owner is told, once at each turn. */
export interface LogFileListener {
  /** It cannot be written (no such place, no right, a full disk): lines are dropped until it can. */
  failed(error: Error): void;
  /** It can be written again; `lost`: so many lines are missing in it. */
  recovered(lost: number): void;
}

/** A file that could not be written is tried again after this time, in ms. */
export const RETRY_MS = 60_000;
/** A rotation takes no time: a claim to one that is older than this (ms) is that of a process which died at it. */
const CLAIM_MS = 10_000;

/**
 * A rotated log file, which several processes may write. Each line is on disk before the process goes on, so that the
 * last words before a crash are in it. A file that cannot be written is tried again once in `retryMs`, and lines
 * between go nowhere. winston's own file transport stops the whole log when the disk is full.
 */
export class LogFile extends Writable {
  private opened = false;
  private failing = false;
  private retryAt = 0;
  private lost = 0;

  constructor(
    private readonly file: string,
    private readonly limits: RotationLimits,
    private readonly listener: LogFileListener,
    private readonly retryMs = RETRY_MS,
  ) {
    super();
  }

  override _write(line: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.failing && performance.now() < this.retryAt) this.lost += 1;
    else this.tryToWrite(line);
    done();
  }

  private tryToWrite(line: Buffer): void {
    try {
      this.append(line);
    } catch (error) {
      this.lost += 1;
      // Its folder may be what is gone.
      this.opened = false;
      this.retryAt = performance.now() + this.retryMs;
      if (this.failing) return;
      this.failing = true;
      this.listener.failed(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (!this.failing) return;
    const { lost } = this;
    this.failing = false;
    this.lost = 0;
    this.listener.recovered(lost);
  }

  private append(line: Buffer): void {
    if (!this.opened) mkdirSync(path.dirname(this.file), { recursive: true });
    this.opened = true;
    if (this.isFull(line)) this.rotateOnce(line);
    appendFileSync(this.file, line);
  }

  /** Looked at for each line, as other processes write and rotate it too. */
  private isFull(line: Buffer): boolean {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    return size > 0 && size + line.length > this.limits.maxBytes;
  }

  /** Rotates, unless another process is at it: then the line goes wherever that one has got to. */
  private rotateOnce(line: Buffer): void {
    const claim = `${this.file}.rotating`;
    if (!claimed(claim)) {
      const claimedAt = statSync(claim, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
      if (Date.now() - claimedAt < CLAIM_MS) return;
      rmSync(claim, { recursive: true, force: true });
      if (!claimed(claim)) return;
    }
    try {
      // It may have been done since it was looked at.
      if (this.isFull(line)) this.rotate();
    } finally {
      rmSync(claim, { recursive: true, force: true });
    }
  }

  private rotate(): void {
    const name = (age: number) => (age === 0 ? this.file : `${this.file}.${age}`);
    for (let age = this.limits.files - 2; age >= 0; age--) {
      if (statSync(name(age), { throwIfNoEntry: false })) renameSync(name(age), name(age + 1));
    }
  }
}

/** Makes a folder, in one go; false where there is one. */
function claimed(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
