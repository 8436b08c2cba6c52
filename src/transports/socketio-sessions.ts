import type { IncomingMessage } from "node:http";
import type { Hub } from "../delivery/hub.js";
import { Session, type SessionLimits } from "../delivery/session.js";
import type { Logger } from "../logger.js";
import type { OddsFeed } from "../polling/feed.js";
import type { Access } from "./access.js";
import { onPoll, type RawSocket, slimRequest } from "./raw-socket.js";
import { type EngineSocket, SocketIoConnection } from "./socketio-connection.js";
import { queryOf } from "./socketio-handshake.js";

/** A connection and its session. */
interface Held {
  readonly connection: SocketIoConnection;
  readonly session: Session;
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
      held.connection.tries(raw);
    }
  }

  /** engine.io has made a connection. */
  hold(engine: EngineSocket): void {
    const { request } = engine;
    const { id } = engine as unknown as { readonly id: string };
    const client = this.access.client(request);
    // Several that came at once may have been let in together.
    if (this.access.isFull(client)) {
      engine.close(true);
      return;
    }
    const release = this.access.hold(client);
    const raw = this.arriving.get(request);
    slimRequest(engine);
    const connection = new SocketIoConnection(
      engine,
      client,
      this.hub.counts.socketio,
      () => this.direct,
      raw,
    );
    const session = new Session(this.feed, this.hub, this.limits, connection, this.log);
    const held = { connection, session };
    this.held.set(engine, held);
    if (raw) raw.counter = session;
    else this.attend(engine, id, held);
    engine.once("close", () => {
      release();
      this.polling.delete(id);
      session.end();
      if (!this.draining) connection.closed();
    });
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
