import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { Writable } from "node:stream";

/** When a log file is rotated, and how many are kept: `combined.log`, `combined.log.1`, … */
export interface RotationLimits {
  readonly maxBytes: number;
  readonly files: number;
}

/**
 * A rotated log file. Each line is on disk before the process goes on, so that the last words before a crash are in
 * it. A file that cannot be written (no such place, no right, a full disk) is given up for good: `onGivenUp` is told
 * once, and later lines go nowhere. winston's own file transport stops the whole log when the disk is full.
 */
export class LogFile extends Writable {
  private size: number | undefined;
  private givenUp = false;

  constructor(
    private readonly file: string,
    private readonly limits: RotationLimits,
    private readonly onGivenUp: (error: Error) => void,
  ) {
    super();
  }

  override _write(line: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.givenUp) {
      try {
        this.append(line);
      } catch (error) {
        this.givenUp = true;
        this.onGivenUp(error instanceof Error ? error : new Error(String(error)));
      }
    }
    done();
  }

  private append(line: Buffer): void {
    if (this.size === undefined) {
      mkdirSync(path.dirname(this.file), { recursive: true });
      this.size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    }
    if (this.size > 0 && this.size + line.length > this.limits.maxBytes) {
      this.rotate();
      this.size = 0;
    }
    appendFileSync(this.file, line);
    this.size += line.length;
  }

  private rotate(): void {
    const name = (age: number) => (age === 0 ? this.file : `${this.file}.${age}`);
    for (let age = this.limits.files - 2; age >= 0; age--) {
      if (statSync(name(age), { throwIfNoEntry: false })) renameSync(name(age), name(age + 1));
    }
  }
}
