import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import type { Answer, ClientToServerEvents, ServerToClientEvents } from "../gateways/protocol.js";
import { type OddsError, type SportListener, Subscription } from "./subscription.js";

export type * from "../gateways/protocol.js";
export { applyDelta, type ClientBoard, DeltaGap } from "./apply-delta.js";
export type { OddsError, SportListener, SportState } from "./subscription.js";

/** A socket.io-client typed with the server's events, for those who use it bare. */
export type OddsSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** `connecting`: not there yet, or on the way back. `closed`: by `close()`, or cut off by the server for good. */
export type ConnectionState = "connecting" | "connected" | "closed";

/** A connection to a live odds server. */
export interface OddsConnection {
  readonly state: ConnectionState;
  /** Calls `listener` with each state of a sport, at once where one is known, until the returned function is called. */
  subscribe(sport: string, listener: SportListener): () => void;
  /** Calls `listener` with each state of the connection, until the returned function is called. */
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /** Calls `listener` with each error, those of one sport included, until the returned function is called. */
  onError(listener: (error: OddsError) => void): () => void;
  /** Ends the connection for good. */
  close(): void;
}

/** A subscription that is not answered within this time (ms) means a dead connection: a new one is made. */
const ANSWER_MS = 5000;
/** How often it is looked whether the server has fallen silent, in ms. */
const WATCH_MS = 500;
/** The server's limit on messages was met: the subscription is sent again after this time (ms), and up to twice it. */
const RETRY_MS = 1000;

/**
 * Connects to a live odds server at `url` (its origin) and keeps the boards of the subscribed sports up to date, by
 * deltas; what is missed in a cut is fetched by resuming. `options` go to socket.io-client.
 */
export function connectOdds(
  url: string,
  options: Partial<ManagerOptions & SocketOptions> = {},
): OddsConnection {
  return new Connection(url, options);
}

class Connection implements OddsConnection {
  state: ConnectionState = "connecting";
  private readonly socket: OddsSocket;
  private readonly sports = new Map<string, Subscription>();
  private readonly connectionListeners = new Set<(state: ConnectionState) => void>();
  private readonly errorListeners = new Set<(error: OddsError) => void>();
  private readonly asking = new Set<string>();
  private readonly watch: ReturnType<typeof setInterval>;
  private renewing = false;
  /** The server goes down: when this runs out, another one is to be connected to. */
  private moving: ReturnType<typeof setTimeout> | undefined;
  private readonly stopListening: () => void;

  constructor(url: string, options: Partial<ManagerOptions & SocketOptions>) {
    this.socket = io(`${url.replace(/\/+$/, "")}/odds`, {
      // Spread out, so that a restarted server is not met by everybody at once.
      reconnectionDelay: 500,
      reconnectionDelayMax: 10_000,
      randomizationFactor: 0.5,
      ...options,
    });
    this.socket.on("connect", () => {
      this.become("connected");
      this.asking.clear();
      for (const sport of this.sports.keys()) this.ask(sport);
    });
    this.socket.on("disconnect", (reason) => {
      const sentAway = this.moving !== undefined && !this.renewing;
      this.stay();
      if (sentAway) {
        // Not in here: socket.io-client has yet to begin its own back-off, which this ends.
        this.moving = setTimeout(() => this.renew(), 0);
        this.become("connecting");
        return;
      }
      const forGood = reason === "io server disconnect" || reason === "io client disconnect";
      this.become(forGood && !this.renewing ? "closed" : "connecting");
    });
    this.socket.on("connect_error", (error) => this.fail({ code: "NO_ANSWER", message: error.message }));
    this.socket.on("odds_update", (update) => this.sports.get(update.sport)?.update(update));
    this.socket.on("odds_delta", (delta) => {
      if (this.sports.get(delta.sport)?.delta(delta) === false) this.ask(delta.sport);
    });
    this.socket.on("reconnect", ({ delayMs }) => {
      this.stay();
      this.moving = setTimeout(() => this.renew(), delayMs);
    });
    this.socket.on("error", ({ code, message, sport }) =>
      this.fail({ code, message, ...(sport === undefined ? {} : { sport }) }),
    );
    this.watch = setInterval(() => this.look(), WATCH_MS);
    this.stopListening = onReturn(() => this.wake());
  }

  subscribe(sport: string, listener: SportListener): () => void {
    const known = this.sports.get(sport);
    const subscription = known ?? new Subscription(sport);
    // Wrapped, so that the same function may be subscribed twice.
    const own: SportListener = (state) => listener(state);
    subscription.listeners.add(own);
    if (!known) {
      this.sports.set(sport, subscription);
      this.ask(sport);
    } else if (known.current.board || known.current.error) listener(known.current);
    return () => {
      subscription.listeners.delete(own);
      if (subscription.listeners.size > 0 || this.sports.get(sport) !== subscription) return;
      this.sports.delete(sport);
      if (this.socket.connected) this.socket.emit("unsubscribe", { sport });
    };
  }

  onConnection(listener: (state: ConnectionState) => void): () => void {
    this.connectionListeners.add(listener);
    return () => void this.connectionListeners.delete(listener);
  }

  onError(listener: (error: OddsError) => void): () => void {
    this.errorListeners.add(listener);
    return () => void this.errorListeners.delete(listener);
  }

  close(): void {
    this.stay();
    clearInterval(this.watch);
    this.stopListening();
    this.sports.clear();
    this.socket.disconnect();
    this.become("closed");
  }

  /** Subscribes, from where the board is; asked again, it fetches what is missing. One question at a time per sport. */
  private ask(sport: string): void {
    const subscription = this.sports.get(sport);
    if (!subscription || !this.socket.connected || this.asking.has(sport)) return;
    this.asking.add(sport);
    const { id } = this.socket;
    const since = subscription.since;
    const question = { sport, updates: "delta" as const, ...(since ? { since } : {}) };
    // socket.io-client's types know of no time-out on a callback that may be left out.
    const asked = this.socket.timeout(ANSWER_MS) as unknown as Asking;
    asked.emit("subscribe", question, (silence, answer) => {
      if (this.socket.id !== id) return;
      this.asking.delete(sport);
      if (this.sports.get(sport) !== subscription) {
        // Unsubscribed, and perhaps subscribed again, while the question was under way.
        if (this.sports.has(sport)) this.ask(sport);
        return;
      }
      if (silence) this.renew();
      else if (answer.ok && answer.type === "subscription_ack")
        subscription.acknowledged(answer.updateFrequency);
      else if (!answer.ok && answer.error.code === "RATE_LIMITED") {
        setTimeout(() => this.ask(sport), RETRY_MS * (1 + Math.random()));
      }
    });
  }

  private look(): void {
    for (const [sport, subscription] of this.sports) {
      subscription.check(this.state === "connected");
      if (this.state === "connected" && subscription.silent && !subscription.current.error) this.ask(sport);
    }
  }

  /** The page is back in the foreground, or the network is: what was missed is fetched now, not after a back-off. */
  private wake(): void {
    if (this.state === "closed") return;
    if (this.socket.connected) for (const sport of this.sports.keys()) this.ask(sport);
    else this.renew();
  }

  /** A new connection now: of itself Socket.IO would wait for its next turn, or still believe in a dead one. */
  private renew(): void {
    this.stay();
    this.renewing = true;
    this.socket.disconnect();
    this.renewing = false;
    this.become("connecting");
    this.socket.connect();
  }

  private stay(): void {
    clearTimeout(this.moving);
    this.moving = undefined;
  }

  private become(state: ConnectionState): void {
    if (this.state === state) return;
    this.state = state;
    for (const listener of this.connectionListeners) listener(state);
    for (const subscription of this.sports.values()) subscription.check(state === "connected");
  }

  private fail(error: OddsError): void {
    if (error.sport !== undefined) this.sports.get(error.sport)?.failed(error);
    for (const listener of this.errorListeners) listener(error);
  }
}

interface Asking {
  emit(event: "subscribe", question: object, done: (silence: Error | null, answer: Answer) => void): void;
}

interface Page {
  readonly document?: { readonly visibilityState: string } & Listening;
}
interface Listening {
  addEventListener?(event: string, listener: () => void): void;
  removeEventListener?(event: string, listener: () => void): void;
}

/** Where there is a page: calls `back` when it comes to the foreground and when the network returns. */
function onReturn(back: () => void): () => void {
  const page = globalThis as unknown as Page & Listening;
  const visible = () => {
    if (page.document?.visibilityState === "visible") back();
  };
  page.document?.addEventListener?.("visibilitychange", visible);
  page.addEventListener?.("online", back);
  return () => {
    page.document?.removeEventListener?.("visibilitychange", visible);
    page.removeEventListener?.("online", back);
  };
}
