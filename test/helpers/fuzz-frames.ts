import { type FuzzedDoor, flood, mutated, saying } from "./fuzz-messages.js";
import type { Random } from "./random.js";
import { closeFrame, deflated, fragments, OPCODE, RSV1, rawFrame } from "./raw-frames.js";

const BOMB = deflated(Buffer.alloc(8 * 1024 * 1024));
const CLOSE_CODES = [0, 999, 1000, 1001, 1004, 1005, 1006, 1009, 1012, 2999, 3000, 4999, 5000, 65_535];

const ping = (random: Random) =>
  rawFrame(random.bytes(random.pick([0, 1, 125])), { opcode: random.pick([OPCODE.ping, OPCODE.pong]) });

/** One that speaks WebSocket, well and badly, on one connection. */
export class FrameSpeaker {
  /** Messages (or attempts at one) so far. */
  messages = 0;
  private earlier = "";
  /** Once in how many messages it breaks the protocol, and once in how many it says nonsense: who is cut off at once gets nowhere. */
  private readonly rudeness: number;
  private readonly nonsense: number;

  /** `deflates`: compression was agreed on. `takesOver`: it keeps its context from message to message. */
  constructor(
    private readonly random: Random,
    private readonly door: FuzzedDoor,
    private readonly deflates: boolean,
    private readonly takesOver: boolean,
  ) {
    this.rudeness = random.pick([Number.POSITIVE_INFINITY, 40, 6]);
    this.nonsense = random.pick([Number.POSITIVE_INFINITY, 10, 2]);
  }

  /** The bytes of what it says next. */
  next(): Buffer {
    const { random } = this;
    if (random.once(80)) {
      const texts = flood(random, this.door);
      this.messages += texts.length;
      const whole = this.deflates && random.once(2);
      return Buffer.concat(texts.map((text) => (whole ? this.compressed(text) : rawFrame(text))));
    }
    this.messages += 1;
    if (random.once(30)) {
      return Buffer.concat(Array.from({ length: random.pick([20, 200, 1000]) }, () => ping(random)));
    }
    return random.once(this.rudeness) ? this.broken() : this.sound();
  }

  /** A well-formed message, whatever it says. */
  sound(): Buffer {
    const { random } = this;
    const text = saying(random, this.door);
    const payload = random.once(this.nonsense) ? mutated(random, text) : Buffer.from(text);
    const opcode = random.once(40) ? OPCODE.binary : OPCODE.text;
    const compress = this.deflates ? !random.once(3) : false;
    if (!random.once(4)) {
      if (compress) return this.compressed(payload, opcode);
      return rawFrame(payload, { opcode });
    }
    const packed = compress ? deflated(payload) : payload;
    const size = random.pick([1, 7, 50, 1000]);
    const pieces = fragments(packed, Math.max(size, packed.length / 200), {
      opcode,
      reserved: compress ? RSV1 : 0,
    });
    const between = random.once(2);
    return Buffer.concat(
      pieces.flatMap((piece) => (between && random.once(3) ? [piece, ping(random)] : [piece])),
    );
  }

  private compressed(text: Buffer | string, opcode: number = OPCODE.text): Buffer {
    const packed = deflated(text, this.earlier);
    if (this.takesOver) this.earlier = (this.earlier + String(text)).slice(-32_768);
    return rawFrame(packed, { opcode, reserved: RSV1 });
  }

  /** A frame that breaks the protocol in one way. */
  private broken(): Buffer {
    const { random } = this;
    const text = saying(random, this.door);
    const packed = deflated(text);
    const at = random.below(packed.length);
    const damaged = Buffer.from(packed);
    damaged[at] = random.below(256);
    const ways: readonly (() => Buffer)[] = [
      () => rawFrame(damaged, { reserved: RSV1 }),
      () => rawFrame(packed.subarray(0, at), { reserved: RSV1 }),
      () => rawFrame(Buffer.concat([packed, Buffer.from([0, 0, 0xff, 0xff])]), { reserved: RSV1 }),
      () => rawFrame(Buffer.concat([packed, random.bytes(20)]), { reserved: RSV1 }),
      () => rawFrame(deflated(text, "subscribe odds basketball_nba ".repeat(9)), { reserved: RSV1 }),
      () => rawFrame(text, { reserved: RSV1 }),
      () => rawFrame("", { reserved: RSV1 }),
      () => rawFrame(BOMB, { reserved: RSV1 }),
      () => Buffer.concat(fragments(BOMB, 2000, { reserved: RSV1 })),
      () => rawFrame(packed, { opcode: OPCODE.ping, reserved: RSV1 }),
      () => rawFrame(packed, { opcode: OPCODE.more, reserved: RSV1 }),
      () => rawFrame(text, { reserved: random.pick([0x10, 0x20, 0x30, 0x70]) }),
      () => rawFrame(text, { opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) }),
      () => rawFrame(text, { masked: false }),
      () => rawFrame(text, { opcode: OPCODE.more }),
      () => Buffer.concat([rawFrame(text, { fin: false }), rawFrame(text)]),
      () => rawFrame(text, { opcode: OPCODE.ping, fin: false }),
      () => rawFrame("p".repeat(126), { opcode: OPCODE.ping }),
      () => rawFrame(text, { claims: random.pick([0, 1, 125, 126, 65_535, 65_536, 2 ** 31, 2 ** 53]) }),
      () => rawFrame(text).subarray(0, random.below(20)),
      () => random.bytes(random.between(1, 100)),
      () => rawFrame(random.bytes(random.below(126)), { opcode: OPCODE.close }),
      () => Buffer.concat([closeFrame(random.pick(CLOSE_CODES)), this.sound(), rawFrame(text)]),
    ];
    return random.pick(ways)();
  }
}
