import * as ws from "ws";
import { ODDS_PATH, type ServerMessage } from "./protocol.js";

/**
 * A message made ready for the wire: turned into JSON once, framed once for each door that needs it, then written to
 * any number of sockets.
 */
export class Frame {
  readonly json: string;
  /** Its size in memory, near enough: characters, which are bytes but for few names. */
  readonly size: number;
  private readonly event: string;
  private socketIoPacket: string | undefined;
  private socketIoFrame: Buffer[] | undefined;
  private text: Buffer | undefined;

  constructor(message: ServerMessage) {
    this.event = message.type;
    this.json = JSON.stringify(message);
    this.size = this.json.length;
  }

  /** The Socket.IO packet (protocol 5: EVENT in the `/odds` namespace), for engine.io to send as a message. */
  get packet(): string {
    this.socketIoPacket ??= `2${ODDS_PATH},["${this.event}",${this.json}]`;
    return this.socketIoPacket;
  }

  /** The same packet as a whole, unmasked WebSocket text frame (RFC 6455, section 5.2): header and payload. */
  get packetFrame(): Buffer[] {
    this.socketIoFrame ??= textFrame(Buffer.from(`4${this.packet}`));
    return this.socketIoFrame;
  }

  /** The text of a plain WebSocket's frame. */
  get bytes(): Buffer {
    this.text ??= Buffer.from(this.json);
    return this.text;
  }
}

/** ws frames a message at each send; made by its own framer here, once (the way socket.io-adapter does it). */
function textFrame(payload: Buffer): Buffer[] {
  // Exported by ws, but not in its types.
  const { Sender } = ws as unknown as {
    Sender: { frame(payload: Buffer, options: Record<string, unknown>): Buffer[] };
  };
  return Sender.frame(payload, { fin: true, opcode: 1, mask: false, rsv1: false, readOnly: false });
}
