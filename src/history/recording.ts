import type { Config } from "../config.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import { READ_WAIT_MS } from "../polling/board-view.js";
import type { OddsFeed } from "../polling/feed.js";
import type { Publisher } from "../polling/publisher.js";
import { Coverage } from "./coverage.js";
import type { HistoryEngine } from "./engine.js";
import { RecordWriter, type WriterState } from "./record-writer.js";
import { Recorder } from "./recorder.js";
import { Retention } from "./retention.js";

/** How often it is noted why wanted sports are not read, in ms. */
const LOOK_MS = 1000;

/** How the history is kept, for those who watch over the server. */
export interface RecordingState extends WriterState {
  readonly engine: HistoryEngine["name"];
  /** How many readings were accepted and not kept since the start. */
  readonly lost: number;
}

/** Keeps what is read: all of the history but its questions. Nothing of it holds up a tick, whatever befalls the engine. */
export class Recording {
  private readonly coverage: Coverage;
  private readonly recorder: Recorder;
  private readonly writer: RecordWriter;
  private readonly retention: Retention;
  private readonly faults: Faults;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly engine: HistoryEngine,
    private readonly feed: OddsFeed,
    config: Pick<Config, "HISTORY_RETENTION_DAYS">,
    metrics: Metrics,
    log: Logger,
  ) {
    const now = () => feed.now();
    const leads = () => feed.leads;
    const startedAt = now();
    this.coverage = new Coverage(startedAt);
    // As a board is called overdue.
    const patienceMs = 2 * feed.tickMs + READ_WAIT_MS;
    this.recorder = new Recorder(this.coverage, startedAt, patienceMs, feed.connection === null, log);
    this.writer = new RecordWriter(engine, this.recorder, now, leads, log);
    this.recorder.use(this.writer);
    const may = () => leads() && this.writer.state.status === "ok";
    this.retention = new Retention(engine, config.HISTORY_RETENTION_DAYS, now, may, log);
    this.faults = new Faults(log);
    this.measure(metrics);
  }

  /** Opens the engine in the background, and keeps from now on what `publisher` has every process take in. */
  start(publisher: Publisher): void {
    publisher.listen(this.recorder);
    this.writer.start();
    this.retention.start();
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  get state(): RecordingState {
    return { engine: this.engine.name, ...this.writer.state, ...this.recorder.state };
  }

  /** Keeps what was read so far, and closes the engine. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.retention.stop();
    this.writer.hurry();
    await this.recorder.close();
    await this.writer.close();
  }

  private look(): void {
    try {
      const { feed } = this;
      const wanted = feed.sportsInShort().filter(({ sport }) => feed.isProven(sport));
      this.coverage.look(feed.now(), wanted);
    } catch (thrown) {
      this.faults.note("It could not be noted why sports are not read", thrown);
    }
  }

  private measure(metrics: Metrics): void {
    metrics.counter("history_readings_total", "Readings that were stored in the history.", [], () => [
      [this.state.stored.readings],
    ]);
    metrics.counter("history_changes_total", "Changes that were stored in the history.", [], () => [
      [this.state.stored.changes],
    ]);
    metrics.counter(
      "history_lost_readings_total",
      "Readings that could not be stored in the history.",
      [],
      () => [[this.state.lost]],
    );
    metrics.readGauge("history_queue_bytes", "What waits to be stored in the history.", () => {
      return this.state.queued.bytes;
    });
    metrics.readGauge(
      "history_away",
      "Whether the history cannot be written (1): a full disk, a database that is away.",
      () => Number(this.state.status === "away"),
    );
  }
}
