import type { Config } from "../config.js";
import type { Logger } from "../logger.js";
import type { ClosingReads } from "./closing-reads.js";
import type { Demand } from "./demand.js";

/** What of the configuration this goes by. */
export type HistoryConfig = Pick<Config, "HISTORY_SPORTS" | "HISTORY_CLOSING_READS">;

/** What is read for the history, whoever watches: nothing before it begins, and where no history is kept it never does. */
export class HistoryReads {
  private isKept = false;

  constructor(
    private readonly config: HistoryConfig,
    private readonly demand: Demand,
    private readonly closing: ClosingReads,
    private readonly log: Logger,
  ) {}

  /** A history is kept: what it is to have is read from here on, while this process reads. */
  begin(): void {
    this.isKept = true;
    this.demand.keep(this.config.HISTORY_SPORTS ?? []);
  }

  /** Reads closes from here on, while this process `leads`; part of the start. */
  start(leads: () => boolean): void {
    const { HISTORY_SPORTS: sports, HISTORY_CLOSING_READS: closing } = this.config;
    if (!sports) return;
    if (!this.isKept) {
      const names = closing === "on" ? "HISTORY_SPORTS and HISTORY_CLOSING_READS do" : "HISTORY_SPORTS does";
      this.log.warn(`${names} nothing: no history is kept here`);
      return;
    }
    this.log.info(
      `Read for the history, from credits that those who watch do not need: ${sports.join(", ")}`,
    );
    if (closing === "on") this.closing.start(leads);
  }

  /** Stops for good. */
  stop(): void {
    this.demand.keep([]);
    this.closing.stop();
  }
}
