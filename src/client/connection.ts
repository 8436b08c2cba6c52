import { call, Listeners } from "./listeners.js";
import { onReturn } from "./page.js";
import { hasBoardHead, isError, isReconnect } from "./readable.js";
import { Requests } from "./requests.js";
import { type OddsSocket, type OddsSocketOptions, openSocket } from "./socket.js";
import { type OddsError, type SportListener, Subscription } from "./subscription.js";
import { TokenRenewal, type TokenSource } from "./token.js";

/** `connecting`: not there yet, or on the way back. `closed`: by `close()`, or cut off by the server for good. */
export type ConnectionState = "connecting" | "connected" | "closed";

/** What `connectOdds` can be told. */
export type OddsOptions = OddsSocketOptions & {
  /** Gives the token, where the server asks for one: at each connection, and before the last one ends. */
  readonly token?: TokenSource;
};

/** A connection to a live odds server. */
export interface OddsConnection {
  readonly state: ConnectionState;
  /** Calls `listener` with each state of a sport, at once where one is known, until the returned function is called. */
  subscribe(sport: string, listener: SportListener): () => void;
  /** Calls `listener` with each state of the connection, until the returned function is called. */
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /**
   * Calls `listener` with each error, those of one sport included, until the returned function is called. Not with one
   * that is known already, nor with what heals by itself.
   */
  onError(listener: (error: OddsError) => void): () => void;
  /** Ends the connection for good. */
  close(): void;
}

/** How often it is looked whether the server has fallen silent, in ms. */
const WATCH_MS = 500;
/** A server that did not let this connection in is asked again after this time (ms), and up to twice it. */
const REFUSED_MS = 5000;
/** What is asked again, or gone to another server for, without the application. */
const HEALS: ReadonlySet<string> = new Set(["RATE_LIMITED", "SHUTTING_DOWN"]);

/** The connection, and the sports that are wanted of it. */
export class Connection implements OddsConnection {
  state: ConnectionState = "connecting";
  private readonly socket: OddsSocket;
  private readonly sports = new Map<string, Subscription>();
  private readonly requests: Requests;
  private readonly token: TokenRenewal | undefined;
  private readonly connectionListeners = new Listeners<ConnectionState>();
  private readonly errorListeners = new Listeners<OddsError>();
  private readonly watch: ReturnType<typeof setInterval>;
  private readonly stopListening: () => void;
  private renewing = false;
  /** A new connection is to be made when this runs out: the server goes down, or did not let this one in. */
  private moving: ReturnType<typeof setTimeout> | undefined;
  /** Why there was no connection, as last told. */
  private trouble: string | undefined;

  constructor(url: string, { token, ...options }: OddsOptions) {
    this.socket = openSocket(url, options);
    this.requests = new Requests(this.socket, this.sports, {
      refused: (error) => this.fail(error),
      unanswered: () => this.renew(),
    });
    this.token = token && new TokenRenewal(this.socket, token, (error) => this.fail(error));
    this.socket.on("connect", () => {
      this.trouble = undefined;
      this.requests.begin();
      this.become("connected");
    });
    this.socket.on("disconnect", (reason) => this.disconnected(reason));
    this.socket.on("connect_error", (error) => this.notConnected(error));
    this.socket.io.on("reconnect_failed", () => this.end());
    this.socket.on("odds_update", (update) =>
      this.received(update, (subscription) => subscription.update(update)),
    );
    this.socket.on("odds_delta", (delta) =>
      this.received(delta, (subscription) => subscription.delta(delta)),
    );
    this.socket.on("reconnect", (message) => {
      if (!isReconnect(message)) return;
      this.stay();
      this.moving = setTimeout(() => this.renew(), message.delayMs);
    });
    this.socket.on("error", (error) => {
      if (!isError(error) || HEALS.has(error.code)) return;
      // The next connection brings a new one.
      if (error.code === "TOKEN_EXPIRED" && this.token) return;
      const { code, message, sport } = error;
      this.fail({ code, message, ...(sport === undefined ? {} : { sport }) });
    });
    this.watch = setInterval(() => this.look(), WATCH_MS);
    this.stopListening = onReturn(() => this.wake());
  }

  subscribe(sport: string, listener: SportListener): () => void {
    const known = this.sports.get(sport);
    const subscription = known ?? new Subscription(sport);
    const stop = subscription.listeners.add(listener);
    if (!known) {
      this.sports.set(sport, subscription);
      this.requests.ask(sport);
    } else if (known.current.board || known.current.error) call(listener, known.current);
    return () => {
      stop();
      if (subscription.listeners.size > 0 || this.sports.get(sport) !== subscription) return;
      this.sports.delete(sport);
      this.requests.send();
    };
  }

  onConnection(listener: (state: ConnectionState) => void): () => void {
    return this.connectionListeners.add(listener);
  }

  onError(listener: (error: OddsError) => void): () => void {
    return this.errorListeners.add(listener);
  }

  close(): void {
    for (const { listeners } of this.sports.values()) listeners.clear();
    this.sports.clear();
    this.end();
    this.socket.disconnect();
  }

  /** There will be no connection any more. */
  private end(): void {
    this.stay();
    clearInterval(this.watch);
    this.stopListening();
    this.token?.stop();
    this.requests.end();
    this.become("closed");
  }

  private disconnected(reason: string): void {
    const sentAway = this.moving !== undefined && !this.renewing;
    this.stay();
    this.requests.end();
    const forGood = reason === "io server disconnect" || reason === "io client disconnect";
    if (forGood && !this.renewing && !sentAway) {
      this.end();
      return;
    }
    // Not in here: socket.io-client has yet to begin its own back-off, which this ends.
    if (sentAway) this.moving = setTimeout(() => this.renew(), 0);
    this.become("connecting");
  }

  /** It is tried again and again; the application hears of it once. */
  private notConnected({ message, data }: Error & { readonly data?: unknown }): void {
    // Where the server's word was no, socket.io-client does not try again.
    if (!this.socket.active && this.state !== "closed") {
      this.stay();
      this.moving = setTimeout(() => this.renew(), REFUSED_MS * (1 + Math.random()));
    }
    if (message === this.trouble) return;
    this.trouble = message;
    this.fail({ code: isError(data) ? data.code : "NO_ANSWER", message });
  }

  private received(message: unknown, take: (subscription: Subscription) => boolean): void {
    if (!hasBoardHead(message)) return;
    const { sport } = message;
    const subscription = this.sports.get(sport);
    if (!subscription) this.requests.leave(sport);
    else {
      try {
        if (!take(subscription)) this.requests.askAgain(sport);
      } catch {
        subscription.lose();
        this.fail({ code: "INVALID_MESSAGE", message: "The server sent what cannot be read.", sport });
        // A whole board that cannot be read will be no other when asked for again.
        if ("from" in message) this.requests.askAgain(sport);
      }
    }
  }

  private look(): void {
    for (const subscription of this.sports.values()) subscription.check(this.state === "connected");
    this.requests.askForSilent();
  }

  /** The page is back in the foreground, or the network is: what was missed is fetched now, not after a back-off. */
  private wake(): void {
    if (this.state === "closed") return;
    if (this.socket.connected) for (const sport of this.sports.keys()) this.requests.askAgain(sport);
    else this.renew();
  }

  /** A new connection now: of itself Socket.IO would wait for its next turn, or still believe in a dead one. */
  private renew(): void {
    this.stay();
    this.renewing = true;
    this.socket.disconnect();
    this.renewing = false;
    this.become("connecting");
    // A listener may have closed it.
    if (this.state !== "closed") this.socket.connect();
  }

  private stay(): void {
    clearTimeout(this.moving);
    this.moving = undefined;
  }

  private become(state: ConnectionState): void {
    if (this.state === state || this.state === "closed") return;
    this.state = state;
    for (const subscription of this.sports.values()) subscription.check(state === "connected");
    this.connectionListeners.tell(state);
  }

  private fail(error: OddsError): void {
    const { sport } = error;
    if (sport !== undefined && !this.sports.get(sport)?.failed(error)) return;
    this.errorListeners.tell(error);
  }
}
