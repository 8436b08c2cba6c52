import type { BoardStore } from "../board/store.js";
import { logError } from "../errors.js";
import { Faults } from "../faults.js";
import type { Logger } from "../logger.js";
import type { Clock } from "./clock.js";
import { type ClosingPlan, gameKey, planClosings, SLOT_MS, slotsOf } from "./closing-plan.js";
import { type ClosingReport, closingBill, closingReport } from "./closing-report.js";
import { ClosingsSeen, type MissedClose } from "./closings-seen.js";
import type { KickOffs } from "./kick-offs.js";
import type { Game } from "./odds-source.js";
import type { UpstreamReader } from "./upstream-reader.js";

const DAY_MS = 86_400_000;
/** How often it is looked for what is to be read, in ms. */
const STEP_MS = 1000;
/** A close is read so long (ms) before the start: late, yet with time for another try. */
const LEAD_MS = 20_000;
/** What was read for whomever within this time (ms) before the start need not be read again. */
const CLOSE_MS = 30_000;
/** How often the closing reads are planned anew, in ms. */
const PLAN_MS = 60_000;

/**
 * Reads each sport of the history once in the last seconds before each of its kick-off slots, in the process that
 * reads, and finds out which closes were missed. Its credits are kept before anything else is planned.
 */
export class ClosingReads {
  private timer: NodeJS.Timeout | undefined;
  private leading: { readonly seen: ClosingsSeen; plan: ClosingPlan; plannedAt: number } | undefined;
  /** Games of each sport that start up to then (ms since the epoch) need no closing read any more. */
  private readonly servedUntil = new Map<string, number>();
  private isBillTold = false;
  private readonly faults: Faults;

  constructor(
    private readonly sports: readonly string[],
    private readonly kickOffs: KickOffs,
    private readonly reader: UpstreamReader,
    private readonly boards: BoardStore,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {
    this.faults = new Faults(log);
  }

  /** Reads closes from here on, while this process `leads`. */
  start(leads: () => boolean): void {
    this.timer ??= setInterval(() => {
      if (!leads()) this.rest();
      else
        void this.step(this.clock.now()).catch((thrown) => this.faults.note("Closes were not read", thrown));
    }, STEP_MS).unref();
  }

  /** Stops for good. */
  stop(): void {
    clearInterval(this.timer);
  }

  /** What they cost and what came of them; null while another process reads. */
  report(): ClosingReport {
    const { leading } = this;
    return leading ? closingReport(leading.plan, leading.seen) : null;
  }

  /** Does what is to be done at a time (ms since the epoch). Resolves when the calls that this took are over. */
  async step(at: number): Promise<void> {
    if (this.leading && at < this.leading.plannedAt - PLAN_MS) this.beginAnew();
    const plan = this.leading?.plan ?? this.plan(at);
    this.leading ??= { seen: new ClosingsSeen(at), plan, plannedAt: at };
    const { seen, plannedAt } = this.leading;
    const looks = this.sports.map((sport) => this.look(sport, at));
    if (at >= plannedAt + PLAN_MS) this.planAnew(at);
    this.tellBill();
    const reads = this.sports.map((sport) => this.serve(sport, at, seen));
    for (const missed of seen.judge(at)) this.tellOf(missed);
    await Promise.all([...looks, ...reads]);
  }

  /** The clock was put back: what was planned, and served, is of a time that is yet to come. */
  private beginAnew(): void {
    this.leading = undefined;
    this.servedUntil.clear();
  }

  /** Another process reads: it plans, and what it missed is its own to tell. */
  private rest(): void {
    if (!this.leading) return;
    this.leading = undefined;
    this.reader.billing.credits.earmark(0);
  }

  private async serve(sport: string, at: number, seen: ClosingsSeen): Promise<void> {
    const games = this.kickOffs.of(sport);
    const board = this.boards.get(sport);
    if (board) seen.read(sport, board.fetchedAt);
    if (!this.reader.billing.isInSeason(sport)) return;
    seen.expect(sport, games, at);
    const slot = this.slot(sport, games, at);
    if (!slot) return;
    if (seen.wasRead(sport, slot.at - CLOSE_MS, slot.at)) {
      this.servedUntil.set(sport, slot.at + SLOT_MS);
      return;
    }
    if (this.isSkipped(sport, slot.games)) {
      seen.explain(sport, slot.games, "CREDITS");
      return;
    }
    const reason = await this.reader.readClose(sport, at, CLOSE_MS);
    const readAt = this.boards.get(sport)?.fetchedAt ?? Number.NEGATIVE_INFINITY;
    if (readAt >= slot.at - CLOSE_MS) {
      seen.read(sport, readAt);
      this.servedUntil.set(sport, slot.at + SLOT_MS);
    } else if (reason !== undefined) seen.explain(sport, slot.games, reason);
  }

  /** The slot that is to be read now; those games that the last read was for are not of it. */
  private slot(sport: string, games: readonly Game[], at: number) {
    const from = Math.max(at, this.servedUntil.get(sport) ?? 0);
    const open = games.filter(({ start }) => start > from && start <= at + LEAD_MS + SLOT_MS);
    const [slot] = slotsOf({ sport, cost: 0, games: open }, at, at + LEAD_MS + SLOT_MS);
    return slot && slot.at <= at + LEAD_MS ? slot : undefined;
  }

  private isSkipped(sport: string, games: readonly Game[]): boolean {
    const { skipped } = this.leading?.plan ?? {};
    return skipped !== undefined && games.every((game) => skipped.has(gameKey(sport, game)));
  }

  /** Reads when a sport's games start, where it is time to; then the closing reads are planned anew. */
  private async look(sport: string, at: number): Promise<void> {
    try {
      if (!(await this.kickOffs.look(sport, at))) return;
    } catch (error) {
      this.log.warn(`When the games of ${sport} start could not be read; it is tried again by itself`, {
        sport,
        ...logError(error),
      });
    }
    this.planAnew(at);
    this.tellBill();
  }

  private tellBill(): void {
    const { leading, sports, kickOffs } = this;
    if (this.isBillTold || !leading || !sports.every((sport) => kickOffs.isKnown(sport))) return;
    this.isBillTold = true;
    const level = leading.plan.share < 1 ? "warn" : "info";
    this.log[level](closingBill(leading.plan, sports.length, this.reader.billing.credits.account));
  }

  private planAnew(at: number): void {
    if (this.leading) Object.assign(this.leading, { plan: this.plan(at), plannedAt: at });
  }

  private plan(at: number): ClosingPlan {
    const { billing } = this.reader;
    const inSeason = this.sports.filter((sport) => billing.isInSeason(sport));
    const sports = inSeason.map((sport) => {
      // When a game is about to start, nothing is free for want of one.
      return { sport, games: this.kickOffs.of(sport), cost: billing.cost(sport, at + DAY_MS) };
    });
    const plan = planClosings(sports, billing.credits.account, at);
    billing.credits.earmark(plan.earmarked);
    return plan;
  }

  private tellOf(missed: MissedClose): void {
    const { sport, games, startsAt, reason } = missed;
    // That the credits do not last is said with the bill.
    const level = reason === "CREDITS" ? "info" : "warn";
    const when = new Date(startsAt).toISOString();
    this.log[level](`The close of ${games} games of ${sport} at ${when} was missed: ${reason}`, {
      ...missed,
    });
  }
}
