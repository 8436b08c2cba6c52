import type { Reading, Sport } from "../board/model.js";
import type { BoardStore } from "../board/store.js";
import { logError } from "../errors.js";
import type { Logger } from "../logger.js";
import { SourceError } from "../source-error.js";
import type { Need } from "./backoff.js";
import type { SportsCatalog } from "./catalog.js";
import type { Clock } from "./clock.js";
import type { Credits } from "./credits.js";
import type { PacedSource } from "./odds-source.js";
import { type Tier, tierOf } from "./pacing.js";

/** What is left is asked for, free, when nothing was heard of it for this long (ms); and before that is believed to be too little. */
const LOOK_MS = 10 * 60_000;

/** What became of a read: a reading, or why there is none and whether it was charged, or may have been. */
export type Purchase =
  | { readonly reading: Reading; readonly asked: boolean }
  | { readonly failure: unknown; readonly charged: boolean };

/** What a read of each sport takes, how pressing it is, and what was paid for it. */
export class Billing {
  private lookedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly source: PacedSource,
    private readonly catalog: SportsCatalog,
    private readonly boards: BoardStore,
    readonly credits: Credits,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** What a read of a sport costs at most, in credits; 0 where nothing is paid, or the sport is not known yet. */
  cost(sport: string, at = this.clock.now()): number {
    const found = this.catalog.get(sport);
    return found ? (this.source.cost?.(found, at) ?? 0) : 0;
  }

  /** Whether there is such a sport, as far as is known, and it is in season. */
  isInSeason(sport: string): boolean {
    return this.catalog.get(sport)?.active === true;
  }

  /** What a read of a sport takes now. */
  need(sport: string): Need {
    const found = this.catalog.get(sport);
    if (!found || !this.source.cost) return "credits";
    if (!found.active) return "nothing";
    return this.cost(sport) > 0 ? "credits" : "free call";
  }

  /** How pressing a sport is at a time (ms since the epoch). */
  tier(sport: string, at: number): Tier {
    return tierOf(this.catalog.get(sport), this.boards.get(sport), at);
  }

  /** Why a sport may not be read now, or for a close (`closing`): see `Credits.refusal`. Undefined when it may. */
  refusal(sport: string, closing = false): SourceError | undefined {
    return this.credits.refusal(this.cost(sport), closing);
  }

  /** Why the source has none newer than a sport's board, as it tells itself; undefined while it has, or does not know. */
  trouble(sport: string): SourceError | undefined {
    const board = this.boards.get(sport);
    return board && this.source.trouble?.(sport, board.fetchedAt);
  }

  /**
   * Reads a sport's board of the source, unless that would touch the reserve, and books what it cost. `isOut`: the
   * upstream said that credits are used up, so the free call looks first. `closing`: by what is kept for closing reads,
   * and whatever was read within the TTL. Does not reject for the upstream's sake.
   */
  async buy(sport: string, at: number, isOut: boolean, closing = false): Promise<Purchase> {
    const begun = this.clock.steady();
    let atStake = 0;
    let reading: Reading;
    try {
      const found = await this.catalog.find(sport);
      const held = await this.hold(found, at, isOut, closing);
      atStake = held.cost;
      reading = await this.source.board(found, at, closing).finally(held.release);
    } catch (failure) {
      return { failure, charged: this.bookFailure(sport, failure, begun, atStake) };
    }
    const { paid, quota } = reading;
    if (paid) this.credits.spent(sport, paid.predicted, quota, begun);
    else this.credits.hear(quota, begun);
    return { reading, asked: paid !== undefined || !this.source.cost };
  }

  /** In how long what is left is asked for at the soonest, in ms. */
  get nextLookMs(): number {
    const sinceLook = this.clock.steady() - this.lookedAt;
    return Math.max(0, LOOK_MS - Math.min(this.credits.silentMs, sinceLook));
  }

  /**
   * Where reads are rare, or have stopped, only the free call tells of a reset or of a larger plan. Calls `heard` when
   * it was asked.
   */
  lookNowAndThen(heard: () => void): void {
    if (!this.source.cost || this.nextLookMs > 0) return;
    this.lookedAt = this.clock.steady();
    this.look()
      .then(heard)
      .catch((error: unknown) => this.log.error("Reads could not be planned anew", logError(error)));
  }

  /**
   * Where the free call's last word keeps reads away (it failed, or hardly any credits were left), it is asked again
   * now and then though nobody wants anything. Part of each tick, in either role.
   */
  lookWhileInTheWay(): void {
    const isScarce = this.credits.areScarce && this.nextLookMs <= 0;
    if (!isScarce && !this.catalog.isDueAgain()) return;
    this.lookedAt = this.clock.steady();
    const before = this.catalog.trouble;
    void this.look().then(() => {
      if (before && !this.catalog.trouble) this.log.info("The sports list can be read again");
    });
  }

  /**
   * Takes down what a failed read cost, or may have. Returns whether that is anything. Of a fault of ours nobody knows
   * whether what was at stake was charged before.
   */
  private bookFailure(sport: string, error: unknown, begun: number, atStake: number): boolean {
    const { quota, charged = 0 } = error instanceof SourceError ? error.bill : { charged: atStake };
    if (charged > 0) this.credits.spent(sport, charged, quota, begun);
    else this.credits.hear(quota, begun);
    return charged > 0;
  }

  /** Holds back what a read costs. Rejects where that would touch the reserve. */
  private async hold(sport: Sport, at: number, isOut: boolean, closing: boolean) {
    const { source, credits } = this;
    credits.hear(await source.look?.(sport, at));
    const cost = source.cost?.(sport, at) ?? 0;
    // What is known may be of before the reset.
    const isOld = credits.refusal(cost, closing) !== undefined && credits.silentMs >= LOOK_MS;
    if ((cost > 0 && isOut) || isOld) await this.look();
    const refusal = credits.refusal(cost, closing);
    if (refusal) throw refusal;
    // At once: reads that begin in the same moment would each find the same credits.
    return { cost, release: credits.hold(cost) };
  }

  /** Asks what is left by the call that costs nothing. */
  private async look(): Promise<void> {
    try {
      await this.catalog.look();
    } catch (error) {
      this.log.debug("What credits are left could not be asked", logError(error));
    }
  }
}
