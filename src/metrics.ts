import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { AppError, ERROR_STATUS, type ErrorCode } from "./errors.js";

/** In seconds: from what nobody notices to what everybody does. */
const DELAY_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const READ_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const CODES = Object.keys(ERROR_STATUS) as ErrorCode[];

/** A count for each error code. */
type ByCode = Record<ErrorCode, number>;
const byCode = () => Object.fromEntries(CODES.map((code) => [code, 0])) as ByCode;

/**
 * What is counted of a transport since the start, and its subscriptions now. Plain numbers, as one is raised for each
 * client at each tick; a scrape reads them.
 */
export class TransportCounts {
  readonly subscriptions = { full: 0, delta: 0 };
  readonly joins = { full: 0, delta: 0 };
  readonly resumes = { RECOVERED: 0, EPOCH_CHANGED: 0, TOO_OLD: 0 };
  /** Messages with a board: whole, or what changed of it. */
  readonly boards = { full: 0, delta: 0 };
  /** Boards that a client could not take at their tick, as an earlier one was still under way to it. */
  deferred = 0;
  /** Of all messages, as frames; to clients that poll, as text. */
  bytes = 0;
  received = 0;
  readonly refused = byCode();
  readonly cutOffs = {
    "too slow": 0,
    "too many messages": 0,
    "too many connections": 0,
    "no token": 0,
    "token expired": 0,
  };
}

/** What is counted of plain HTTP: answers by status, and their bytes. */
export class HttpCounts {
  readonly answers = new Map<number, number>();
  bytes = 0;
}

/** A value and its labels. */
type Sample = readonly [value: number, labels?: Record<string, string>];

/**
 * All that is measured, in a registry of its own, by the field's names: `live_odds_`, `_total`, seconds and bytes. No
 * label names a client or an address. What is counted often is a plain number, and all state is read by a scrape.
 */
export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly transports = { socketio: new TransportCounts(), websocket: new TransportCounts() };
  readonly http = new HttpCounts();
  /** Reads of boards at the upstream since the start, by how they ended, and when the last one began: ms since the epoch, null before it. */
  readonly reads: { ok: number; failed: number; lastAt: number | null } = { ok: 0, failed: 0, lastAt: null };
  private readonly registry = new Registry();
  /** Apart from ours: what Node reports to for good must not hold what our gauges read. */
  private readonly ofProcess = new Registry();
  private measuresProcess = false;
  private readonly upstreamErrors = byCode();
  private readonly refusedConnections = byCode();
  private readonly tickDelay: Histogram;
  private readonly broadcasts: Histogram;
  private readonly readDuration: Histogram<"outcome">;

  constructor() {
    const registers = [this.registry];
    this.tickDelay = new Histogram({
      name: "live_odds_tick_delay_seconds",
      help: "How late ticks were.",
      buckets: DELAY_BUCKETS,
      registers,
    });
    this.broadcasts = new Histogram({
      name: "live_odds_broadcast_duration_seconds",
      help: "How long it took to hand a sport's board over to all its clients.",
      buckets: DELAY_BUCKETS,
      registers,
    });
    this.readDuration = new Histogram({
      name: "live_odds_upstream_read_duration_seconds",
      help: "How long a read of a board took at the upstream, by outcome (ok, failed).",
      labelNames: ["outcome"],
      buckets: READ_BUCKETS,
      registers,
    });
    for (const outcome of ["ok", "failed"]) this.readDuration.zero({ outcome });
    this.countTransports();
    this.counter("upstream_errors_total", "Calls to the upstream that failed, by error code.", ["code"], () =>
      samples("code", this.upstreamErrors),
    );
    this.counter(
      "connections_refused_total",
      "Connections and requests refused before anything was said, by error code.",
      ["code"],
      () => samples("code", this.refusedConnections),
    );
    this.counter(
      "http_requests_total",
      "Plain HTTP requests that were answered, by status.",
      ["status"],
      () => [...this.http.answers].map(([status, count]) => [count, { status: String(status) }]),
    );
  }

  /** A tick came so late, in ms. */
  ticked(lateMs: number): void {
    this.tickDelay.observe(lateMs / 1000);
  }

  /** A board was handed over to all clients of its sport in so many ms. */
  sent(ms: number): void {
    this.broadcasts.observe(ms / 1000);
  }

  /** Times a read of a board at the upstream that began `at` (ms since the epoch), and counts how it ended. Settles as the read does. */
  async read<T>(reading: Promise<T>, at: number): Promise<T> {
    const began = performance.now();
    this.reads.lastAt = at;
    const end = (outcome: "ok" | "failed") => {
      this.reads[outcome] += 1;
      this.readDuration.observe({ outcome }, (performance.now() - began) / 1000);
    };
    try {
      const read = await this.call(reading);
      end("ok");
      return read;
    } catch (error) {
      end("failed");
      throw error;
    }
  }

  /** Counts how any call to the upstream ended. Settles as the call does. */
  async call<T>(calling: Promise<T>): Promise<T> {
    try {
      return await calling;
    } catch (error) {
      this.upstreamErrors[error instanceof AppError ? error.code : "INTERNAL"] += 1;
      throw error;
    }
  }

  /** A connection or a request was refused before anything was said. */
  refused(code: ErrorCode): void {
    this.refusedConnections[code] += 1;
  }

  /** Adds a gauge, `live_odds_` and this name, for its owner to set before a scrape. */
  gauge<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({
      name: `live_odds_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
    });
  }

  /** Adds a gauge, `live_odds_` and this name, that `read` tells at each scrape. */
  readGauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `live_odds_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Adds a counter, `live_odds_` and this name, that `read` tells at each scrape. */
  counter(name: string, help: string, labelNames: readonly string[], read: () => readonly Sample[]): void {
    new Counter({
      name: `live_odds_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [value, labels] of read()) this.inc(labels ?? {}, value);
      },
    });
  }

  /**
   * Everything as text, as Prometheus reads it. With the first one the process is measured, its memory and its event
   * loop: that costs something, and cannot be ended.
   */
  async text(): Promise<string> {
    if (!this.measuresProcess) this.measureProcess();
    return `${await this.registry.metrics()}\n${await this.ofProcess.metrics()}`;
  }

  private measureProcess(): void {
    this.measuresProcess = true;
    collectDefaultMetrics({ register: this.ofProcess });
    for (const kind of ["handles", "resources"]) {
      // They go through all sockets, in one go (25 ms of 16,000), to count what is counted anyway.
      this.ofProcess.removeSingleMetric(`nodejs_active_${kind}`);
      this.ofProcess.removeSingleMetric(`nodejs_active_${kind}_total`);
    }
  }

  private countTransports(): void {
    const each = (read: (counts: TransportCounts) => readonly Sample[]) => () =>
      Object.entries(this.transports).flatMap(([transport, counts]) =>
        read(counts).map(([value, labels]): Sample => [value, { transport, ...labels }]),
      );
    const count = (
      name: string,
      help: string,
      label: string | undefined,
      read: (counts: TransportCounts) => readonly Sample[],
    ) => this.counter(name, help, label ? ["transport", label] : ["transport"], each(read));
    const subscriptions = each(({ subscriptions }) => samples("updates", subscriptions));
    new Gauge({
      name: "live_odds_subscriptions",
      help: "Subscriptions, by transport and by what they take: whole boards (full) or deltas.",
      labelNames: ["transport", "updates"],
      registers: [this.registry],
      collect() {
        for (const [value, labels] of subscriptions()) this.set(labels ?? {}, value);
      },
    });
    count("joins_total", "Subscriptions that began.", "updates", ({ joins }) => samples("updates", joins));
    count(
      "resumes_total",
      "Subscriptions that wanted to go on from a version, by what came of it.",
      "outcome",
      (of) => samples("outcome", of.resumes),
    );
    count("boards_sent_total", "Boards sent to clients, whole (full) or as deltas.", "kind", ({ boards }) =>
      samples("kind", boards),
    );
    count(
      "boards_deferred_total",
      "Boards that a client could not take at their tick, as it still took an earlier one.",
      undefined,
      ({ deferred }) => [[deferred]],
    );
    this.counter("sent_bytes_total", "Bytes handed over to the network, by transport.", ["transport"], () => [
      ...each(({ bytes }) => [[bytes]])(),
      [this.http.bytes, { transport: "rest" }],
    ]);
    count("messages_received_total", "Messages that clients sent.", undefined, ({ received }) => [
      [received],
    ]);
    count("messages_refused_total", "Messages that were refused, by error code.", "code", ({ refused }) =>
      samples("code", refused),
    );
    count("cut_offs_total", "Clients that were cut off, by reason.", "reason", ({ cutOffs }) =>
      samples("reason", cutOffs),
    );
  }
}

/** Counts by name as samples, with the name, in the form of label values, as a label. */
function samples(label: string, counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([name, value]) => [
    value,
    { [label]: label === "code" ? name : name.toLowerCase().replaceAll(" ", "_") },
  ]);
}
