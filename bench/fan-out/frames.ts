import { constants, deflateRawSync } from "node:zlib";

/** A compressed message of a client (RFC 7692, section 7.2.1). */
export function compressedFrame(text: string): Buffer {
  const whole = deflateRawSync(Buffer.from(text), { finishFlush: constants.Z_SYNC_FLUSH });
  return clientFrame(whole.subarray(0, -4), 0x41);
}

/** A frame of a client. A mask of zeros leaves the payload as it is (RFC 6455, section 5.3). */
export function clientFrame(said: string | Buffer, opcode = 1): Buffer {
  const payload = Buffer.from(said);
  const long = payload.length > 125;
  const header = Buffer.alloc(long ? 8 : 6);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (long ? 126 : payload.length);
  if (long) header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}

/** Who is told of frames. */
export interface FrameSink {
  /** Whether the payload is wanted; it is skipped otherwise. */
  keeps(opcode: number, length: number): boolean;
  /** A whole frame came; `bytes` counts its header and its payload. */
  frame(
    opcode: number,
    final: boolean,
    compressed: boolean,
    bytes: number,
    payload: Buffer | undefined,
  ): void;
}

/** Finds the frames in what a server sends, whatever the chunks it comes in, and looks at no payload. */
export class FrameReader {
  private readonly header = new Uint8Array(10);
  private got = 0;
  private needed = 2;
  private left = 0;
  private length = 0;
  private kept: Buffer[] | undefined;

  constructor(private readonly sink: FrameSink) {}

  /** Takes `chunk` from `at` to `end`. The chunk is read over afterwards: what is kept is copied. */
  take(chunk: Uint8Array, at: number, end: number): void {
    let here = at;
    while (here < end) {
      if (this.left > 0) {
        const size = Math.min(this.left, end - here);
        if (this.kept) this.kept.push(Buffer.from(chunk.subarray(here, here + size)));
        here += size;
        this.left -= size;
        if (this.left === 0) this.finish();
        continue;
      }
      this.header[this.got] = chunk[here] ?? 0;
      this.got += 1;
      here += 1;
      if (this.got === 2) this.needed = 2 + extraBytes(this.header[1] ?? 0);
      if (this.got === this.needed) this.begin();
    }
  }

  private begin(): void {
    const { header } = this;
    let length = 0;
    if (this.needed === 2) length = (header[1] ?? 0) & 0x7f;
    else for (let i = 2; i < this.needed; i += 1) length = length * 256 + (header[i] ?? 0);
    this.length = length;
    this.left = length;
    this.kept = this.sink.keeps((header[0] ?? 0) & 0x0f, length) ? [] : undefined;
    if (length === 0) this.finish();
  }

  private finish(): void {
    const first = this.header[0] ?? 0;
    const { kept, needed, length } = this;
    const payload = kept && (kept.length === 1 ? kept[0] : Buffer.concat(kept));
    this.got = 0;
    this.needed = 2;
    this.kept = undefined;
    this.sink.frame(first & 0x0f, (first & 0x80) !== 0, (first & 0x40) !== 0, needed + length, payload);
  }
}

function extraBytes(second: number): number {
  const length = second & 0x7f;
  if (length === 127) return 8;
  return length === 126 ? 2 : 0;
}
