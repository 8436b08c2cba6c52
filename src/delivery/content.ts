import { deflatePiece, deflatePieceElsewhere } from "./permessage-deflate.js";

/** Text on its way to the wire: turned into bytes once and compressed once, whatever messages it becomes a part of. */
export class Content {
  private utf8: Buffer | undefined;
  private deflated: Buffer | undefined;
  private deflating: Promise<void> | undefined;

  constructor(readonly text: string) {}

  /** Its bytes. */
  get bytes(): Buffer {
    this.utf8 ??= Buffer.from(this.text);
    return this.utf8;
  }

  /** Its bytes as a piece of a deflate stream. */
  get piece(): Buffer {
    this.deflated ??= deflatePiece(this.bytes);
    return this.deflated;
  }

  /** Has it compressed on another thread: a big board would hold up this one for tens of ms. */
  compress(): Promise<void> {
    if (this.deflated) return Promise.resolve();
    this.deflating ??= deflatePieceElsewhere(this.bytes).then((piece) => {
      this.deflated ??= piece;
    });
    return this.deflating;
  }
}
