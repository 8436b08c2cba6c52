import type { IncomingMessage } from "node:http";
import { type Claims, tokenExpired } from "../delivery/claims.js";
import type { Hub } from "../delivery/hub.js";
import { Session } from "../delivery/session.js";
import type { SessionLimits } from "../delivery/session-limits.js";
import { AppError } from "../errors.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import { kindOf } from "../protocol/complaint.js";
import type { Access } from "./access.js";
import { noToken } from "./auth.js";
import { takeToken } from "./auth-presented.js";
import { onPoll, type RawSocket, slimRequest } from "./raw-socket.js";
import type { Seat } from "./seats.js";
import { type EngineSocket, SocketIoConnection } from "./socketio-connection.js";
import { queryOf } from "./socketio-handshake.js";

/** A connection and its session. */
interface Held {
  readonly connection: SocketIoConnection;
  readonly session: Session;
  readonly seat: Seat;
  /** Its first request's token. */
  readonly handshake: Claims | undefined;
  /** The token by which a client is in `/odds`. */
  claims: Claims | undefined;
}

/** Every Engine.IO connection with its session, from its first request to its end. */
export class SocketIoSessions {
  private readonly held = new WeakMap<EngineSocket, Held>();
  /** Clients that poll, by session id: these may go on with a WebSocket. */
  private readonly polling = new Map<string, Held>();
  /** WebSockets whose connection engine.io is about to make. */
  private readonly arriving = new WeakMap<IncomingMessage, RawSocket>();
  private draining = false;
  private direct = false;

  constructor(
    private readonly feed: OddsFeed,
    private readonly hub: Hub,
    private readonly access: Access,
    private readonly limits: SessionLimits,
    private readonly log: Logger,
  ) {}

  /** From here on frames are written past engine.io; see raw-socket.ts. */
  writeDirectly(): void {
    this.direct = true;
  }

  /** From here on connections are sent away: these have read nothing wrong, and get their time. */
  drain(): void {
    this.draining = true;
  }

  /** Whether connections are sent away. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** What an Engine.IO connection is held by; undefined where it was not let in. */
  of(engine: EngineSocket): Held | undefined {
    return this.held.get(engine);
  }

  /** Whether a polling client of this session id may go on with a WebSocket. */
  mayUpgrade(sid: string): boolean {
    return this.polling.get(sid)?.connection.isUpgrading === false;
  }

  /** A WebSocket has come in, and nothing was heard from it yet. */
  arrive(request: IncomingMessage, raw: RawSocket): void {
    const held = this.polling.get(queryOf(request).sid ?? "");
    if (!held) this.arriving.set(request, raw);
    else {
      raw.counter = held.session;
      held.connection.tries(raw, () => held.session.catchUp());
    }
  }

  /** engine.io has made a connection. */
  hold(engine: EngineSocket): void {
    const { request } = engine;
    const { id } = engine as unknown as { readonly id: string };
    const client = this.access.client(request);
    // Several that came at once may have been let in together.
    if (this.access.isFull(request)) {
      engine.close(true);
      return;
    }
    const seat = this.access.seat(request);
    const handshake = this.access.auth.of(request);
    const raw = this.arriving.get(request);
    // Where tokens are off, one that came all the same is not kept either.
    takeToken(request);
    slimRequest(engine);
    const { socketio: counts } = this.hub.counts;
    const connection = new SocketIoConnection(engine, seat, counts, () => this.direct, raw);
    const verify = this.access.verifier(client);
    const session = new Session(this.feed, this.hub, this.limits, connection, this.log, verify);
    const held: Held = { connection, session, seat, handshake, claims: undefined };
    this.held.set(engine, held);
    if (raw) raw.counter = session;
    else this.attend(engine, id, held);
    engine.once("close", () => {
      seat.leave();
      this.polling.delete(id);
      session.end();
      if (!this.draining) connection.closed();
    });
  }

  /**
   * Verifies the token with which a client enters a namespace: the one that it names there, or its first request's.
   * Resolves with its claims. Rejects with an `AppError`, also where the connection is gone meanwhile.
   */
  async verify({ seat, session, handshake }: Held, token: unknown): Promise<Claims> {
    if (session.isTooFast) throw new AppError("RATE_LIMITED", "Too many messages. Enter again later.");
    if (token !== undefined && typeof token !== "string") {
      throw AppError.invalidMessage(
        `\`auth.token\` must be a string: a JSON Web Token, not ${kindOf(token)}.`,
      );
    }
    const claims = token === undefined ? handshake : await this.access.auth.verify?.(token);
    if (!claims) throw noToken();
    if (claims.expiresAt <= Date.now()) throw tokenExpired();
    if (!seat.moveTo(claims)) {
      throw new AppError(
        "RATE_LIMITED",
        "The token's owner holds as many connections as may be. Close one first.",
      );
    }
    return claims;
  }

  /** Goes along with a client that polls, until it has a WebSocket. */
  private attend(engine: EngineSocket, id: string, held: Held): void {
    const { connection, session } = held;
    this.polling.set(id, held);
    const count = () => session.count();
    engine.on("packet", count);
    onPoll(engine.transport, () => session.catchUp());
    engine.once("upgrade", () => {
      engine.off("packet", count);
      this.polling.delete(id);
      connection.upgraded();
      session.catchUp();
    });
  }
}
