import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Sport } from "./board/model.js";
import { BoardStore } from "./board/store.js";
import { Fleet } from "./cluster/fleet.js";
import { RedisCluster } from "./cluster/redis-cluster.js";
import { Solo } from "./cluster/solo.js";
import type { Config } from "./config.js";
import { Hub } from "./delivery/hub.js";
import { logError } from "./errors.js";
import { Faults } from "./faults.js";
import type { Logger } from "./logger.js";
import { Backoff, type Need } from "./polling/backoff.js";
import { SportsCatalog } from "./polling/catalog.js";
import { Clock } from "./polling/clock.js";
import { billAtStart, creditsInShort } from "./polling/credit-report.js";
import { Credits } from "./polling/credits.js";
import { Demand } from "./polling/demand.js";
import { OddsFeed } from "./polling/feed.js";
import { Membership } from "./polling/membership.js";
import type { OddsSource } from "./polling/odds-source.js";
import { tierOf } from "./polling/pacing.js";
import { PollStatuses } from "./polling/poll-status.js";
import { Poller } from "./polling/poller.js";
import { Schedule } from "./polling/schedule.js";
import { CachedSource } from "./sources/cached.js";
import { SimulatedSource } from "./sources/simulated/source.js";
import { TheOddsApi } from "./sources/the-odds-api.js";
import { Access } from "./transports/access.js";
import { spreadOf } from "./transports/drain.js";
import { createHttpApp } from "./transports/http.js";
import { SocketIoTransport } from "./transports/socketio.js";
import type { Transport } from "./transports/transport.js";
import { routeUpgrades } from "./transports/upgrade.js";
import { WebSocketTransport } from "./transports/websocket.js";

/** A sport is read for this many ticks after its last client left, so that a page reload costs nothing. */
const LINGER_TICKS = 2;
/** A sport with games, to tell at start what one costs. */
const USUAL_SPORT: Sport = {
  key: "basketball_nba",
  group: "Basketball",
  title: "NBA",
  description: "",
  active: true,
  has_outrights: false,
};
/** A start waits this long (ms) for the other processes; without them it goes on, but is not ready. */
const JOIN_MS = 5000;
/** How often the log says how many clients are connected, in ms. */
const CENSUS_MS = 60_000;
/**
 * Shares of the grace: by the first, reads under way are over and another process may read; by the second all clients
 * are told to go, by the third they should be gone; requests under way get until the last, then all is cut off.
 */
const HANDOVER_SHARE = 0.1;
const SPREAD_SHARE = 0.4;
const DRAIN_SHARE = 0.5;
const CUT_SHARE = 0.85;
/** How often a stop looks for connections that have become idle, in ms. */
const IDLE_LOOK_MS = 50;

/** A server, not yet listening. */
export interface App {
  /** Listens, and resolves with the port once the server should get traffic. Rejects when the port cannot be had. */
  start(): Promise<{ port: number }>;
  /** Sends clients elsewhere, finishes what is under way, and resolves within the grace with the port free. */
  stop(): Promise<void>;
}

/** Parts that take the place of the usual ones. */
export interface Parts {
  readonly source?: OddsSource;
}

/** Puts the house together: every part is made here, and nothing runs before `start()`. */
export function createApp(config: Config, log: Logger, parts: Parts = {}): App {
  const tickMs = config.ODDS_POLL_INTERVAL_MS;
  const floorMs = Math.max(tickMs, config.ODDS_CACHE_TTL_MS);

  const source = new CachedSource(parts.source ?? createSource(config, log), floorMs);
  const fleet = new Fleet(source.name, config);
  const shared =
    config.REDIS_URL === undefined ? undefined : new RedisCluster(config.REDIS_URL, fleet, config, log);
  const cluster = shared ?? new Solo();
  const now = () => cluster.now();
  const clock = new Clock(now);
  const credits = new Credits(
    { resetDay: config.ODDS_CREDIT_RESET_DAY, reserve: config.ODDS_CREDIT_RESERVE },
    log,
    clock,
  );
  const catalog = new SportsCatalog(source, config.ODDS_SPORTS, (quota) => credits.hear(quota));
  const boards = new BoardStore(undefined, source.name);
  const cost = (sport: string) => {
    const found = catalog.get(sport);
    return found ? (source.cost?.(found, now()) ?? 0) : 0;
  };
  const need = (sport: string): Need => {
    const found = catalog.get(sport);
    if (!found || !source.cost) return "credits";
    if (!found.active) return "nothing";
    return cost(sport) > 0 ? "credits" : "free call";
  };
  const isFree = (sport: string) => need(sport) !== "credits";
  const demand = new Demand(LINGER_TICKS * tickMs, undefined, isFree);
  const backoff = new Backoff();
  const tier = (sport: string, at: number) => tierOf(catalog.get(sport), boards.get(sport), at);
  const schedule = new Schedule({ demand, credits, pacing: config.ODDS_PACING, tickMs, floorMs, cost, tier });
  const isReading = (sport: string): boolean => poller.isReading(sport);
  const pollStatuses = new PollStatuses({
    cluster,
    boards,
    backoff,
    credits,
    schedule,
    cost,
    need,
    isReading,
    tickMs,
    clock,
  });
  const poller: Poller = new Poller({
    source,
    catalog,
    boards,
    demand,
    backoff,
    credits,
    schedule,
    cluster,
    pollStatuses,
    need,
    log,
    tickMs,
    now,
    clock,
  });
  const feed = new OddsFeed({
    sourceName: source.name,
    catalog,
    boards,
    demand,
    cluster,
    pollStatuses,
    poller,
    credits,
    cost,
    tickMs,
    now,
  });
  const clients = () => socketIo.clients + webSocket.clients;
  const membership = new Membership({
    cluster,
    boards,
    demand,
    credits,
    pollStatuses,
    schedule,
    poller,
    log,
    clients,
  });

  const access = new Access(config);
  const hub = new Hub(feed, log);
  let phase: "starting" | "ready" | "draining" = "starting";
  const vitals = {
    phase: () => phase,
    health: () => ({
      websocket: clients(),
      clients: { socketio: socketIo.clients, websocket: webSocket.clients },
      source: source.name,
      wanted: feed.wanted(),
      credits: creditsInShort(feed.creditReport()),
    }),
    degraded: () => (cluster.connected ? [] : ["CLUSTER_UNAVAILABLE"]),
  };
  const server = createServer(
    { connectionsCheckingInterval: 5000 },
    createHttpApp(feed, hub, access, vitals, config, log, shared?.limits()),
  );
  const socketIo = new SocketIoTransport(server, feed, hub, access, config, log);
  const webSocket = new WebSocketTransport(feed, hub, access, config, log);
  const transports: readonly Transport[] = [socketIo, webSocket];
  routeUpgrades(server, socketIo, webSocket, log);

  // Slow loris and half-open connections: headers must come within this many ms, looked at every five seconds.
  server.headersTimeout = 10_000;
  const sockets = new Set<Socket>();
  // One listener for all: ten thousand connections should not have one each.
  function forget(this: Socket): void {
    sockets.delete(this);
  }
  server.on("connection", (socket) => {
    // One whose upgrade was ignored comes a second time.
    if (sockets.has(socket)) return;
    sockets.add(socket);
    socket.on("close", forget);
  });

  const faults = new Faults(log);
  let census: NodeJS.Timeout | undefined;
  let stopping: Promise<void> | undefined;

  return {
    async start() {
      if (shared) socketIo.use(await shared.open());
      const port = await listen(server, config);
      // A connection that the system could not give us, for want of descriptors say, is no reason to lose the others.
      server.on("error", (error) => faults.note("A connection could not be accepted", error));
      // A port that nobody chose must be told, however little is logged.
      const isFound = config.PORT === 0 && config.LOG_LEVEL !== "debug";
      log[isFound ? config.LOG_LEVEL : "info"](`Listening on port ${port}`, { port, source: source.name });
      if (source.name === "simulated") {
        log.warn("SIMULATED ODDS: these prices are made up. Set THE_ODDS_API_KEY to serve real ones.");
      }
      poller.start();
      const joined = cluster.start(membership);
      census = setInterval(() => {
        try {
          log.info("Connected clients", vitals.health());
        } catch (thrown) {
          faults.note("The connected clients could not be counted", thrown);
        }
      }, CENSUS_MS).unref();
      await checkSports(catalog, log);
      const perSport = source.cost?.(USUAL_SPORT, now()) ?? 0;
      if (perSport > 0) {
        log.info(billAtStart(credits.account, perSport, floorMs, config.ODDS_PACING, now()));
      }
      void joined.then(() => {
        if (phase === "starting") phase = "ready";
      });
      await Promise.race([joined, pause(JOIN_MS)]);
      return { port };
    },
    stop() {
      stopping ??= (async () => {
        phase = "draining";
        const began = performance.now();
        const left = (share: number) => config.SHUTDOWN_GRACE_MS * share - (performance.now() - began);
        access.drain();
        clearInterval(census);
        // What was paid for is shared; then another process reads. Whoever is still here goes on getting boards.
        const handedOver = Promise.race([poller.idle(), pause(left(HANDOVER_SHARE))]).then(() => {
          poller.handOver();
          return cluster.stepDown();
        });
        const spreadMs = spreadOf(clients(), left(SPREAD_SHARE));
        for (const transport of transports) transport.drain(spreadMs);
        await until(() => transports.every((transport) => transport.clients === 0), left(DRAIN_SHARE));
        poller.stop();
        await handedOver;
        const closed = new Promise<void>((resolve) => {
          server.close(() => resolve());
        });
        for (const transport of transports) transport.close();
        // Node closes those that are idle now; one that was answered later would be kept for its next request.
        const idle = setInterval(() => server.closeIdleConnections(), IDLE_LOOK_MS);
        await Promise.race([closed, pause(left(DRAIN_SHARE))]);
        // A request that waits for a silent upstream gets its answer now.
        source.close();
        await Promise.race([closed, pause(left(CUT_SHARE))]);
        for (const socket of sockets) socket.destroy();
        await closed;
        clearInterval(idle);
        await Promise.race([cluster.close(), pause(left(1))]);
      })();
      return stopping;
    },
  };
}

function createSource(config: Config, log: Logger): OddsSource {
  const key = config.THE_ODDS_API_KEY;
  if (config.source === "simulated" || key === undefined) {
    return new SimulatedSource({ format: config.ODDS_FORMAT });
  }
  return new TheOddsApi({ ...config, key }, log);
}

function listen(server: Server, config: Pick<Config, "PORT" | "HOST">): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: config.PORT, ...(config.HOST ? { host: config.HOST } : {}) }, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** A server is ready when the sports list was tried: with it, a misspelt sport is refused at once. */
async function checkSports(catalog: SportsCatalog, log: Logger): Promise<void> {
  try {
    const misspelt = await catalog.misspelt();
    if (misspelt.length > 0) log.warn(`ODDS_SPORTS names unknown sports: ${misspelt.join(", ")}`);
  } catch (error) {
    log.error("The sports list could not be read; it is tried again when a sport is wanted", logError(error));
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)).unref());
}

async function until(reached: () => boolean, ms: number): Promise<void> {
  const deadline = performance.now() + ms;
  while (!reached() && performance.now() < deadline) await pause(20);
}
