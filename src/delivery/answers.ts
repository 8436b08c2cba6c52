import { AppError, publicError } from "../errors.js";
import type { ServerMessage } from "../protocol/server-messages.js";
import type { Answer } from "../protocol/socketio-events.js";
import type { Connection } from "./connection.js";
import type { Hub } from "./hub.js";
import { errorMessage } from "./messages.js";
import { PreparedMessage } from "./prepared-message.js";

/** The client's callback, where the transport has such a thing. */
export type Reply = (answer: Answer) => void;
/** What can be the answer to a client's message. */
type Ack = Extract<ServerMessage, { type: `${string}_ack` | "pong" }>;

/** All that one client is told but boards. A fault in that ends there: whoever called may be a timer or a socket's event. */
export class Answers {
  private ended = false;

  constructor(
    private readonly hub: Hub,
    private readonly connection: Connection,
  ) {}

  /** Nothing is sent from here on. */
  end(): void {
    this.ended = true;
  }

  send(message: ServerMessage): void {
    if (this.ended) return;
    this.attempt(() => {
      const prepared = new PreparedMessage(message);
      this.connection.counts.bytes += this.connection.bytesOf(prepared);
      this.connection.write(prepared);
    });
  }

  /** Answers a message by the client's callback, and by a message. */
  answer(message: Ack, reply?: Reply): void {
    this.attempt(() => reply?.({ ok: true, ...message }));
    this.send(message);
  }

  /** The same for one that is refused, or that a fault of ours ended. */
  refuse(thrown: unknown, sport: string | undefined, reply?: Reply): void {
    if (!(thrown instanceof AppError)) this.hub.fault("A message could not be handled", thrown);
    const error = publicError(thrown);
    this.connection.counts.refused[error.code] += 1;
    this.attempt(() => reply?.({ ok: false, error }));
    this.send(errorMessage(thrown, sport));
  }

  /** Turns to the connection. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.hub.fault("A client could not be told something", thrown);
    }
  }
}
