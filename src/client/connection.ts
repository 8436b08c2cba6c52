import { type Age, Ages } from "./ages.js";
import { isSame, type OddsError, oddsError } from "./errors.js";
import { call, Listeners } from "./listeners.js";
import type { OddsConnection, OddsOptions, SubscribeOptions } from "./odds-connection.js";
import { originOf } from "./origin.js";
import { onReturn } from "./page.js";
import { hasBoardHead, isError, isReconnect } from "./readable.js";
import { Requests } from "./requests.js";
import { type OddsSocket, openSocket, transportOf } from "./socket.js";
import type { ConnectionState, ConnectionTransport, SportListener, SportState } from "./state.js";
import { Subscription } from "./subscription.js";
import { TokenRenewal } from "./token.js";
import { restarting, Troubles } from "./trouble.js";

/** How often it is looked whether the server has fallen silent, in ms. */
const WATCH_MS = 500;
/** A server that did not let this connection in is asked again after this time (ms), and up to twice it. */
const REFUSED_MS = 5000;
/** What is asked again, or gone to another server for, without the application. */
const HEALS: ReadonlySet<string> = new Set(["RATE_LIMITED", "SHUTTING_DOWN"]);

/** The connection, and the sports that are wanted of it. */
export class Connection implements OddsConnection {
  state: ConnectionState = "connecting";
  trouble: OddsError | null = null;
  transport: ConnectionTransport | null = null;
  private readonly troubles: Troubles;
  private readonly lastUpdate: boolean;
  private readonly socket: OddsSocket;
  private readonly sports = new Map<string, Subscription>();
  private readonly requests: Requests;
  private readonly token: TokenRenewal | undefined;
  private readonly connectionListeners = new Listeners<
    Pick<OddsConnection, "state" | "trouble" | "transport">
  >();
  private readonly errorListeners = new Listeners<OddsError>();
  private readonly watch: ReturnType<typeof setInterval>;
  private readonly stopListening: () => void;
  private readonly ages = new Ages((sport) => this.sports.get(sport)?.current);
  private renewing = false;
  /** A new connection is to be made when this runs out: the server goes down, or did not let this one in. */
  private moving: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, { token, lastUpdate = true, ...options }: OddsOptions) {
    const origin = originOf(url);
    this.troubles = new Troubles(origin);
    this.lastUpdate = lastUpdate;
    this.socket = openSocket(origin, options);
    this.requests = new Requests(this.socket, this.sports, {
      refused: (sport, view, error) => {
        if (this.sports.get(sport)?.refused(view, error)) this.errorListeners.tell(error);
      },
      unanswered: () => this.renew(oddsError("NO_ANSWER", "The server does not answer any more.")),
    });
    this.token = token && new TokenRenewal(this.socket, token, (error) => this.fail(error));
    this.socket.on("auth_ack", () => this.troubles.over());
    this.socket.on("connect", () => {
      this.troubles.over();
      this.requests.begin();
      // Each connection has an engine of its own. One that was given up may still tell of its upgrade.
      this.socket.io.engine.on("upgrade", () => this.become(this.state, this.trouble));
      this.become("connected", null);
    });
    this.socket.on("disconnect", (reason) => this.disconnected(reason));
    this.socket.on("connect_error", (error) => this.notConnected(error));
    this.socket.io.on("reconnect_failed", () => this.end(this.trouble));
    this.socket.on("odds_update", (update) =>
      this.received(update, (subscription) => subscription.update(update)),
    );
    this.socket.on("odds_delta", (delta) =>
      this.received(delta, (subscription) => subscription.delta(delta)),
    );
    this.socket.on("reconnect", (message) => {
      if (!isReconnect(message)) return;
      this.stay();
      this.moving = setTimeout(() => this.renew(restarting()), message.delayMs);
    });
    this.socket.on("error", (error) => {
      if (!isError(error)) return;
      const { code, message, sport } = error;
      const known = oddsError(code, message, { sport });
      if (this.requests.heard(known)) return;
      if (sport === undefined) this.troubles.lastWord = known;
      // The next connection brings a new token.
      if (HEALS.has(code) || (code === "TOKEN_EXPIRED" && this.token)) return;
      this.fail(known);
    });
    this.watch = setInterval(() => this.look(), WATCH_MS);
    this.stopListening = onReturn(() => this.wake());
  }

  subscribe(sport: string, listener: SportListener, { only }: SubscribeOptions = {}): () => void {
    const known = this.sports.get(sport);
    const before = known?.wanted;
    const subscription = known ?? new Subscription(sport, this, this.lastUpdate, () => this.ages.tell(sport));
    const { state, stop } = subscription.add(listener, only);
    this.sports.set(sport, subscription);
    if (subscription.wanted !== before) this.requests.ask(sport);
    if (state.board || state.error) call(listener, state);
    return () => {
      const wanted = subscription.wanted;
      stop();
      if (this.sports.get(sport) !== subscription) return;
      if (!subscription.isWanted) {
        this.sports.delete(sport);
        this.requests.send();
      } else if (subscription.wanted !== wanted) this.requests.ask(sport);
    };
  }

  peek(sport: string, { only }: SubscribeOptions = {}): SportState | undefined {
    return this.sports.get(sport)?.peek(only);
  }

  onConnection(listener: Parameters<OddsConnection["onConnection"]>[0]): () => void {
    return this.connectionListeners.add(({ state, trouble, transport }) =>
      listener(state, trouble, transport),
    );
  }

  onAge(sport: string, listener: (age: Age) => void): () => void {
    return this.ages.add(sport, listener);
  }

  onError(listener: (error: OddsError) => void): () => void {
    return this.errorListeners.add(listener);
  }

  close(): void {
    for (const subscription of this.sports.values()) subscription.clear();
    this.sports.clear();
    this.ages.stop();
    this.end(null);
    this.socket.disconnect();
  }

  /** There will be no connection any more. */
  private end(why: OddsError | null): void {
    this.stay();
    clearInterval(this.watch);
    this.stopListening();
    this.token?.stop();
    this.requests.end();
    this.become("closed", why);
  }

  private disconnected(reason: string): void {
    const sentAway = this.moving !== undefined && !this.renewing;
    this.stay();
    this.requests.end();
    const forGood = reason === "io server disconnect" || reason === "io client disconnect";
    const lost = this.troubles.lost(reason, forGood);
    // Who makes a new connection says why.
    if (this.renewing) return;
    const why = sentAway ? restarting() : lost;
    if (forGood && !sentAway) {
      this.end(why);
      return;
    }
    // Not in here: socket.io-client has yet to begin its own back-off, which this ends.
    if (sentAway) this.moving = setTimeout(() => this.renew(), 0);
    this.become("connecting", why);
  }

  /** It is tried again and again; the application hears of it once. */
  private notConnected(failure: Parameters<Troubles["failed"]>[0]): void {
    if (this.state === "closed") return;
    // Where the server's word was no, socket.io-client does not try again.
    if (!this.socket.active) {
      this.stay();
      this.moving = setTimeout(() => this.renew(), REFUSED_MS * (1 + Math.random()));
    }
    const trouble = this.troubles.failed(failure);
    this.become("connecting", trouble);
    // There is none any more where a listener has closed the connection for it.
    if (this.trouble) this.fail(trouble);
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
        this.fail(oddsError("INVALID_MESSAGE", "The server sent what cannot be read.", { sport }));
        // A whole board that cannot be read will be no other when asked for again.
        if ("from" in message) this.requests.askAgain(sport);
      }
    }
  }

  private look(): void {
    for (const subscription of this.sports.values()) subscription.check();
    this.requests.askForSilent();
  }

  /** The page is back in the foreground, or the network is: what was missed is fetched now, not after a back-off. */
  private wake(): void {
    if (this.state === "closed") return;
    if (this.socket.connected) for (const sport of this.sports.keys()) this.requests.askAgain(sport);
    else this.renew();
  }

  /** A new connection now: of itself Socket.IO would wait for its next turn, or still believe in a dead one. */
  private renew(why = this.trouble): void {
    this.stay();
    this.renewing = true;
    this.socket.disconnect();
    this.renewing = false;
    this.become("connecting", why);
    // A listener may have closed it.
    if (this.state !== "closed") this.socket.connect();
  }

  private stay(): void {
    clearTimeout(this.moving);
    this.moving = undefined;
  }

  private become(state: ConnectionState, trouble: OddsError | null): void {
    if (this.state === "closed") return;
    const same = isSame(this.trouble, trouble);
    const transport = state === "connected" ? transportOf(this.socket) : null;
    if (this.state === state && same && this.transport === transport) return;
    this.state = state;
    if (!same) this.trouble = trouble;
    this.transport = transport;
    const told = { state, trouble: this.trouble, transport };
    for (const subscription of this.sports.values()) subscription.check();
    // A listener may have brought about another state, which has been told by now.
    if (this.state === told.state && this.trouble === told.trouble) this.connectionListeners.tell(told);
  }

  private fail(error: OddsError): void {
    const { sport } = error;
    const isNews = sport === undefined ? this.troubles.isNews(error) : this.sports.get(sport)?.failed(error);
    if (!isNews) return;
    this.errorListeners.tell(error);
  }
}
