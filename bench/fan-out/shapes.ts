import type { Only } from "../../src/protocol/client-messages.js";

/** What a client speaks, once its TCP connection stands. */
export type Wire = "socket.io" | "ws" | "nchan";
/** See Deltas in src/protocol/PROTOCOL.md; a server that is not ours knows `full` only. */
export type Updates = "full" | "delta";

/** What browsers and ws offer where they offer permessage-deflate; the other asks for frames that stand alone. */
export const OFFERS = {
  browser: "permessage-deflate; client_max_window_bits",
  "no-takeover": "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
} as const;

/** How clients reach a server, and what they ask of it. */
export interface Call {
  readonly wire: Wire;
  readonly port: number;
  /** Client `i` subscribes to sport `i` modulo their number. */
  readonly sports: readonly string[];
  readonly updates: Updates;
  /** Client `i` has view `i` modulo their number; all have the whole board unless given. */
  readonly views?: readonly Only[] | undefined;
  /** The `Sec-WebSocket-Extensions` offered; null for none. */
  readonly offer: string | null;
  /** How many more messages each says once it is subscribed, compressed where that was agreed on; none unless given. */
  readonly says?: number;
}

/** What the load generator is told to do; it answers each with the answer of the same name. */
export type Order =
  | {
      readonly do: "connect";
      readonly call: Call;
      readonly count: number;
      readonly perSecond: number;
      readonly witnesses: number;
    }
  | { readonly do: "window"; readonly tickMs: number; readonly ticks: number }
  | { readonly do: "testify" }
  | { readonly do: "hangUp" };

/** One tick as its clients saw it: how many got it, and when the first and the last had (ms since the epoch). */
export interface TickSeen {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** How connecting went. */
export interface Connected {
  readonly answers: "connect";
  /** Connections that got a board and the tick after it. */
  readonly ready: number;
  /** Of them all, those that negotiated permessage-deflate. */
  readonly deflate: number;
  readonly failures: readonly string[];
  /** From the first SYN to the last upgrade, in ms. */
  readonly ms: number;
}

/** What came within a whole number of ticks. */
export interface Seen {
  readonly answers: "window";
  readonly deliveries: number;
  /** Headers and payloads of their frames. */
  readonly bytes: number;
  readonly ticks: readonly TickSeen[];
  /** Connections that ended by themselves since they connected. */
  readonly dropped: number;
  /** The longest that any client waited between two deliveries, or waits in the end. */
  readonly longestWaitMs: number;
  readonly ms: number;
}

/** What the clients that decode everything hold in the end. */
export interface Testimony {
  readonly answers: "testify";
  /** A digest of each one's board, whatever the order of keys. */
  readonly digests: readonly string[];
  /** The view that each one has; null of the whole board. */
  readonly views: readonly (Only | null)[];
  /** The first one's board. */
  readonly odds: unknown;
  readonly deltas: number;
  readonly boards: number;
  readonly faults: readonly string[];
}

/** Everything that the load generator says; `began` comes before a window's answer, when nothing is under way. */
export type Answer =
  | Connected
  | Seen
  | Testimony
  | { readonly answers: "hangUp" }
  | { readonly answers: "began" };

/** Waits. */
export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Milliseconds since the epoch, finer than `Date.now()`, the same in all processes of this machine. */
export const now = () => performance.timeOrigin + performance.now();

/** The value that this share of them are below or at; 0 of none. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}

/** The middle one. */
export const median = (numbers: readonly number[]) => quantile(numbers, 0.5);
