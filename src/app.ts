import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Config } from "./config.js";
import { logError } from "./errors.js";
import { Access } from "./gateways/access.js";
import { Audience } from "./gateways/audience.js";
import type { Door } from "./gateways/door.js";
import { createHttpApp } from "./gateways/http.js";
import { SocketIoDoor } from "./gateways/socketio.js";
import { WebSocketDoor } from "./gateways/websocket.js";
import type { Logger } from "./logger.js";
import { Backoff } from "./odds/backoff.js";
import { BoardStore } from "./odds/board-store.js";
import { SportsCatalog } from "./odds/catalog.js";
import { billAtStart, creditsInShort } from "./odds/credit-report.js";
import { Credits } from "./odds/credits.js";
import { Demand } from "./odds/demand.js";
import { OddsFeed } from "./odds/feed.js";
import type { Sport } from "./odds/model.js";
import { tierOf } from "./odds/pace.js";
import { Poller } from "./odds/poller.js";
import type { OddsSource } from "./odds/ports.js";
import { Schedule } from "./odds/schedule.js";
import { CachedSource } from "./sources/cached.js";
import { SimulatedSource } from "./sources/simulated.js";
import { TheOddsApi } from "./sources/the-odds-api.js";

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
/** How often the log says how many clients are connected, in ms. */
const CENSUS_MS = 60_000;
/** Shares of the grace: clients get the first to close, requests under way the second, then all is cut off. */
const DRAIN_SHARE = 0.5;
const CUT_SHARE = 0.85;

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
  const catalog = new SportsCatalog(source, config.ODDS_SPORTS);
  const boards = new BoardStore();
  const demand = new Demand(LINGER_TICKS * tickMs);
  const backoff = new Backoff();
  const credits = new Credits(
    { resetDay: config.ODDS_CREDIT_RESET_DAY, reserve: config.ODDS_CREDIT_RESERVE },
    log,
  );
  const cost = (sport: string) => {
    const found = catalog.get(sport);
    return found ? source.cost(found) : 0;
  };
  const tier = (sport: string, at: number) => tierOf(catalog.get(sport), boards.get(sport), at);
  const schedule = new Schedule({ demand, credits, pacing: config.ODDS_PACING, tickMs, floorMs, cost, tier });
  const poller = new Poller({
    source,
    catalog,
    boards,
    demand,
    backoff,
    credits,
    schedule,
    log,
    tickMs,
  });
  const feed = new OddsFeed({
    sourceName: source.name,
    catalog,
    boards,
    demand,
    backoff,
    poller,
    schedule,
    credits,
    cost,
    tickMs,
  });

  const access = new Access(config);
  const audience = new Audience(feed);
  let phase: "starting" | "ready" | "draining" = "starting";
  const vitals = {
    phase: () => phase,
    health: () => ({
      websocket: socketIo.clients + webSocket.clients,
      clients: { socketio: socketIo.clients, websocket: webSocket.clients },
      source: source.name,
      wanted: demand.wanted(),
      credits: creditsInShort(feed.creditReport()),
    }),
  };
  const server = createServer(
    { connectionsCheckingInterval: 5000 },
    createHttpApp(feed, access, vitals, config, log),
  );
  const socketIo = new SocketIoDoor(server, feed, audience, access, config, log);
  const webSocket = new WebSocketDoor(server, feed, audience, access, config, log);
  const doors: readonly Door[] = [socketIo, webSocket];

  // Slow loris and half-open connections: headers must come within this many ms, looked at every five seconds.
  server.headersTimeout = 10_000;
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  let census: NodeJS.Timeout | undefined;
  let stopping: Promise<void> | undefined;

  return {
    async start() {
      const port = await listen(server, config);
      log.info(`Listening on port ${port}`, { port, source: source.name });
      if (source.name === "simulated") {
        log.warn("SIMULATED ODDS: these prices are made up. Set THE_ODDS_API_KEY to serve real ones.");
      }
      poller.start();
      census = setInterval(() => log.info("Connected clients", vitals.health()), CENSUS_MS).unref();
      await checkSports(catalog, log);
      credits.hear(source.quota());
      const perSport = source.cost(USUAL_SPORT);
      if (perSport > 0) {
        log.info(billAtStart(credits.account, perSport, floorMs, config.ODDS_PACING, Date.now()));
      }
      if (phase === "starting") phase = "ready";
      return { port };
    },
    stop() {
      stopping ??= (async () => {
        phase = "draining";
        const began = performance.now();
        const left = (share: number) => config.SHUTDOWN_GRACE_MS * share - (performance.now() - began);
        access.drain();
        poller.stop();
        clearInterval(census);
        for (const door of doors) door.drain();
        await until(() => doors.every((door) => door.clients === 0), left(DRAIN_SHARE));
        const closed = new Promise<void>((resolve) => {
          server.close(() => resolve());
        });
        for (const door of doors) door.close();
        await Promise.race([closed, pause(left(DRAIN_SHARE))]);
        // A request that waits for a silent upstream gets its answer now.
        source.close();
        await Promise.race([closed, pause(left(CUT_SHARE))]);
        for (const socket of sockets) socket.destroy();
        await closed;
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
