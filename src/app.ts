import { Fleet } from "./cluster/fleet.js";
import { RedisCluster } from "./cluster/redis-cluster.js";
import { Solo } from "./cluster/solo.js";
import type { Config } from "./config.js";
import { Hub } from "./delivery/hub.js";
import { MessageCache } from "./delivery/message-cache.js";
import { Faults } from "./faults.js";
import { type Identity, newIdentity } from "./identity.js";
import { pause, stopInOrder } from "./lifecycle.js";
import type { Logger } from "./logger.js";
import { Memory, type MemoryParts } from "./memory.js";
import { Metrics } from "./metrics.js";
import { announce } from "./polling/announce.js";
import { Clock } from "./polling/clock.js";
import { createOdds } from "./polling/create-odds.js";
import type { OddsSource } from "./polling/odds-source.js";
import type { RecentErrors } from "./recent-errors.js";
import { CachedSource } from "./sources/cached.js";
import { createSource } from "./sources/create-source.js";
import { Access } from "./transports/access.js";
import { Auth } from "./transports/auth.js";
import { createHttpApp } from "./transports/http.js";
import { HttpServer } from "./transports/http-server.js";
import { pageAddress } from "./transports/page.js";
import { PageFiles } from "./transports/page-files.js";
import { SocketIoTransport } from "./transports/socketio.js";
import { routeUpgrades } from "./transports/upgrade.js";
import { Vitals } from "./transports/vitals.js";
import { WebSocketTransport } from "./transports/websocket.js";

/** A start waits this long (ms) for the other processes; without them it goes on, but is not ready. */
const JOIN_MS = 5000;
/** How often the log says how many clients are connected, in ms. */
const CENSUS_MS = 60_000;

/** A server, not yet listening. */
export interface App {
  /** Listens, and resolves with the port once the server should get traffic. Rejects when the port cannot be had. */
  start(): Promise<{ port: number }>;
  /** Sends clients elsewhere, finishes what is under way, and resolves within the grace with the port free. */
  stop(): Promise<void>;
}

/** Parts that take the place of the usual ones. */
export interface Parts extends MemoryParts {
  readonly source?: OddsSource;
  /** What this process is called; its port is set when it listens. */
  readonly identity?: Identity;
  /** The folder of the built web page. */
  readonly page?: string;
  /** What the log last said in WARN and ERROR, where its logger keeps that: for operators, in `/status`. */
  readonly errors?: RecentErrors;
}

/** Puts the house together: every part is made here, and nothing runs before `start()`. */
export function createApp(config: Config, log: Logger, parts: Parts = {}): App {
  const identity = parts.identity ?? newIdentity();
  const upstream = parts.source ?? createSource(config, log);
  const redis =
    config.REDIS_URL === undefined
      ? undefined
      : new RedisCluster(identity.process, config.REDIS_URL, new Fleet(upstream.name, config), config, log);
  const cluster = redis ?? new Solo(identity.process);
  const clock = new Clock(() => cluster.now());
  const metrics = new Metrics();
  const ttlMs = Math.max(config.ODDS_POLL_INTERVAL_MS, config.ODDS_CACHE_TTL_MS);
  const source = new CachedSource(upstream, ttlMs, clock, metrics);
  const odds = createOdds(source, cluster, config, log, clock, metrics);
  const { feed, role, catalog, reader } = odds;

  const messages = new MessageCache(feed);
  const hub = new Hub(feed, messages, metrics.transports, log);
  const auth = new Auth(config, log);
  const access = new Access(config, log, metrics, auth);
  const memory = new Memory(config, log, parts);
  const clients = () => ({ socketio: socketIo.clients, websocket: webSocket.clients });
  const vitals = new Vitals(feed, identity, clients, metrics, () => memory.state, parts.errors);
  const page = config.PAGE === "on" ? new PageFiles(parts.page) : undefined;
  const http = new HttpServer(
    createHttpApp(feed, messages, access, vitals, config, log, redis?.limits(), page, () => memory.questions),
    log,
    metrics.http,
  );
  const socketIo = new SocketIoTransport(http.server, feed, hub, access, config, log);
  const webSocket = new WebSocketTransport(feed, hub, access, config, log);
  routeUpgrades(http.server, socketIo, webSocket, access, log);

  let census: NodeJS.Timeout | undefined;
  let stopped: Promise<void> | undefined;
  return {
    async start() {
      await memory.play(upstream, clock.now());
      await memory.keep(odds, access, metrics);
      if (redis) socketIo.use(await redis.open());
      auth.open();
      const hasPage = await page?.open();
      const port = await http.listen(config).catch(async (error: unknown) => {
        await memory.close();
        throw error;
      });
      identity.port = port;
      // A port that nobody chose must be told, however little is logged.
      const isFound = config.PORT === 0 && config.LOG_LEVEL !== "debug";
      const shown = hasPage ? `: ${pageAddress(config, port)} shows the odds` : "";
      log[isFound ? config.LOG_LEVEL : "info"](`Listening on port ${port}${shown}`, {
        port,
        source: source.name,
      });
      const joined = role.start(() => ({
        clients: socketIo.clients + webSocket.clients,
        port,
        release: identity.release,
      }));
      census = every(CENSUS_MS, log, () => log.info("Connected clients", vitals.health()));
      const { credits } = reader.billing;
      await announce(source, catalog, credits, config.ODDS_PACING, clock.now, log, config.HISTORY_SPORTS);
      void joined.then(() => {
        if (vitals.phase === "starting") vitals.phase = "ready";
      });
      await Promise.race([joined, pause(JOIN_MS)]);
      return { port };
    },
    stop() {
      vitals.phase = "draining";
      access.drain();
      auth.close();
      clearInterval(census);
      stopped ??= stopInOrder(role, [socketIo, webSocket], http, source, cluster, memory, config);
      return stopped;
    },
  };
}

function every(ms: number, log: Logger, work: () => void): NodeJS.Timeout {
  const faults = new Faults(log);
  return setInterval(() => {
    try {
      work();
    } catch (thrown) {
      faults.note("The connected clients could not be counted", thrown);
    }
  }, ms).unref();
}
