import type { TransportCounts } from "../metrics.js";
import type { Claims } from "./claims.js";
import type { PreparedMessage } from "./prepared-message.js";

/** Why a client is cut off. */
export type Refusal =
  | "too many messages"
  | "too slow"
  | "too many connections"
  | "no token"
  | "token expired";

/** One client's connection, whatever the transport. */
export interface Connection {
  /** Names it in the log. */
  readonly id: string;
  /** Names the client in the limits and in the sharing of credits: the `sub` of its token, or its address. */
  readonly client: string;
  /** What is counted of its transport. */
  readonly counts: TransportCounts;
  /** Whether a message would go out now: not between two polls of a polling client. */
  readonly open: boolean;
  /** Whether it takes messages deflated. */
  readonly deflates: boolean;
  /** Bytes handed over, but not yet taken by the network. */
  readonly unsent: number;
  /** How much of what is unsent is boards. */
  boards: number;
  /** Bytes of answers, whoever gave them, that the client has not read yet: all that waits but boards. */
  readonly unread: number;
  /** How many bytes a message takes on it. */
  bytesOf(message: PreparedMessage): number;
  /** Hands a message over; `sent` is called when the network has taken it, which may be before this returns. */
  write(message: PreparedMessage, sent?: () => void): void;
  /** Told when it begins and ends to get a sport. */
  joined?(sport: string): void;
  left?(sport: string): void;
  /** Told whose it is, where that was not known when it came. False where that client holds as many as it may. */
  admit?(claims: Claims): boolean;
  /** Cuts off a client that does not keep the rules. */
  refuse(reason: Refusal): void;
}
