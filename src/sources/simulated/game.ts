import type { League, Play } from "./leagues.js";
import { type Dice, normalBelow } from "./random.js";

const MINUTE = 60_000;
/** How fast pressure (possession, runners on base) comes and goes. */
const SWING_MS = 90_000;
/** How fast what is thought of the sides wanders before the game, as a share of the margin's spread per √hour. */
const DRIFT_PER_ROOT_HOUR = 0.04;
/** Play is over a little before the last price, so that the outcome is plain by then. */
const DECIDED_AT = 0.95;

/** What is expected of a game now: the final margin (home minus away), the final total, and how unsure both are. */
export interface Outlook {
  readonly margin: number;
  readonly marginSpread: number;
  readonly total: number;
  readonly totalSpread: number;
  /** The share of play that is left, 1 before the start. */
  readonly left: number;
}

/** One game between two sides: what nobody knows of it (how strong, how fast) and what everybody sees (the score). */
export class Game {
  readonly id: string;
  readonly end: number;
  private readonly play: Play;
  private now: number;
  private strength: number;
  private tempo: number;
  private lead = 0;
  private scored = 0;
  private swing = 0;

  constructor(
    readonly league: League,
    readonly home: string,
    readonly away: string,
    readonly commence: number,
    now: number,
    edge: number,
    private readonly dice: Dice,
  ) {
    const { play } = league;
    this.play = play;
    this.id = dice.hex(32);
    this.end = commence + Math.round(play.minutes * MINUTE * dice.between(1, 1.12));
    this.now = Math.min(now, commence);
    this.strength = edge;
    this.tempo = play.total * dice.between(0.93, 1.07);
  }

  inPlay(at: number): boolean {
    return this.commence < at;
  }

  /** Lets the game run on to `now`, in two steps at most however long ago the last one was. */
  advance(now: number): void {
    if (now <= this.now) return;
    const start = Math.max(this.now, Math.min(now, this.commence));
    this.wander((start - this.now) / (60 * MINUTE));
    if (now > start) this.playOn(start, now);
    this.now = now;
  }

  outlook(): Outlook {
    const { marginSpread, totalSpread } = this.play;
    const left = this.left(this.now);
    const unsure = Math.max(0.04, Math.sqrt(left));
    return {
      margin: this.lead + this.strength * left + this.swing * marginSpread * unsure,
      marginSpread: marginSpread * unsure,
      total: this.scored + this.tempo * left + Math.abs(this.swing) * totalSpread * unsure,
      totalSpread: totalSpread * unsure,
      left,
    };
  }

  private left(at: number): number {
    const played = (at - this.commence) / ((this.end - this.commence) * DECIDED_AT);
    return 1 - Math.min(1, Math.max(0, played));
  }

  private wander(hours: number): void {
    const drift = DRIFT_PER_ROOT_HOUR * Math.sqrt(hours);
    this.strength += drift * this.play.marginSpread * this.dice.gauss();
    this.tempo += drift * this.play.totalSpread * this.dice.gauss();
  }

  private playOn(from: number, to: number): void {
    const { scores, swing } = this.play;
    const share = this.left(from) - this.left(to);
    const kept = Math.exp(-(to - from) / SWING_MS);
    this.swing = this.swing * kept + swing * Math.sqrt(1 - kept * kept) * this.dice.gauss();
    if (share > 0) {
      if (scores) this.score(share, scores);
      else this.flow(share);
    }
    if (this.left(to) === 0) this.settle();
  }

  private score(share: number, scores: readonly number[]): void {
    const size = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const homeShare = Math.min(0.95, Math.max(0.05, 0.5 + this.strength / this.tempo / 2));
    for (let times = this.dice.count((this.tempo / size) * share); times > 0; times--) {
      const score = this.dice.pick(scores);
      this.scored += score;
      this.lead += this.dice.chance(homeShare) ? score : -score;
      // A score ends the pressure that led to it.
      this.swing = 0;
    }
  }

  private flow(share: number): void {
    const { marginSpread, totalSpread } = this.play;
    // About sixteen runs a game carry a third of the margin's variance; the rest seeps in.
    const runs = this.dice.count(16 * share);
    const stray = marginSpread * Math.sqrt((share * 2) / 3);
    this.lead += this.strength * share + stray * this.dice.gauss();
    for (let run = 0; run < runs; run++) this.lead += (marginSpread / 7) * (this.dice.chance(0.5) ? 1 : -1);
    this.scored += this.tempo * share + totalSpread * Math.sqrt(share) * this.dice.gauss();
  }

  /** When play is over somebody has won, unless the league knows draws. */
  private settle(): void {
    this.swing = 0;
    const least = this.play.marginSpread * 0.12;
    if (this.play.draws || Math.abs(this.lead) >= least) return;
    this.lead = this.dice.chance(normalBelow(this.lead / least)) ? least : -least;
  }
}
