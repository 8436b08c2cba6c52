import type { Bookmaker, OddsEvent } from "../../board/model.js";
import { BOOKMAKERS, type BookmakerHabits } from "./bookmakers.js";
import type { Tournament } from "./leagues.js";
import { isoSeconds, ReadingRhythm } from "./offers.js";
import { type OddsFormat, priceFor } from "./prices.js";
import { Dice } from "./random.js";

const HOUR = 3_600_000;
/** From the end of one tournament to the start of the next. */
const PAUSE_MS = 72 * HOUR;
const LONGEST_SHOT = 0.001;
/** The share of a price that must be out of date before a bookmaker moves it. */
const STALE_SHARE = 0.06;

interface TournamentOffer {
  readonly habits: BookmakerHabits;
  readonly rhythm: ReadingRhythm;
  /** Small differences of opinion on each entrant. */
  readonly opinions: number[];
  readonly quoted: number[];
}

/** The board of a sport whose one event has a whole field of entrants; when it is over the next one is listed. */
export class TournamentBoard {
  private readonly dice: Dice;
  /** The moment that it has come to, in ms since the epoch. */
  now: number;
  private commence: number;
  private id = "";
  private form: number[] = [];
  private offers: TournamentOffer[] = [];

  constructor(
    private readonly tournament: Tournament,
    startedAt: number,
    private readonly format: OddsFormat,
    seed: number,
  ) {
    this.dice = new Dice(seed);
    this.now = startedAt;
    this.commence = Math.ceil(startedAt / HOUR + tournament.startsInHours) * HOUR;
    this.list(startedAt);
  }

  events(at: number): OddsEvent[] {
    if (at > this.now) this.advance(at);
    const { sport } = this.tournament;
    return [
      {
        id: this.id,
        sport_key: sport.key,
        sport_title: sport.title,
        commence_time: isoSeconds(this.commence),
        home_team: null,
        away_team: null,
        has_outrights: true,
        bookmakers: this.offers.map((offer) => this.show(offer)),
      },
    ];
  }

  private get end(): number {
    return this.commence + this.tournament.hours * HOUR;
  }

  private advance(now: number): void {
    const cycle = this.tournament.hours * HOUR + PAUSE_MS;
    if (now >= this.end) {
      this.commence += Math.ceil((now - this.end + 1) / cycle) * cycle;
      this.list(now);
    }
    this.play(now);
    const inPlay = this.commence < now;
    const due = this.offers.filter((offer) => offer.rhythm.due(now, inPlay));
    if (due.length === 0) return;
    const chances = this.chances();
    for (const offer of due) {
      this.rethink(offer);
      this.requote(offer, chances);
    }
  }

  private list(now: number): void {
    const dice = this.dice;
    this.now = now;
    this.id = dice.hex(32);
    this.form = this.tournament.field.map((_, rank) => 3.2 * Math.exp(-rank / 12) + 0.25 * dice.gauss());
    const chances = this.chances();
    this.offers = [];
    for (const habits of BOOKMAKERS) {
      if (!dice.chance(habits.coverage)) continue;
      const rhythm = new ReadingRhythm(now, false, dice.roll(), dice);
      const opinions = this.tournament.field.map(() => this.opinion());
      const offer: TournamentOffer = { habits, rhythm, opinions, quoted: [] };
      this.requote(offer, chances);
      this.offers.push(offer);
    }
  }

  /** Before the start form drifts slowly; in play everybody's does, and now and then somebody holes a long putt. */
  private play(now: number): void {
    const before = Math.max(0, Math.min(now, this.commence) - this.now) / HOUR;
    const during = Math.max(0, now - Math.max(this.now, this.commence)) / HOUR;
    const stray = Math.sqrt(before * 0.006 + during * 0.02);
    const dice = this.dice;
    this.form = this.form.map((form) => form + stray * dice.gauss());
    for (let shots = dice.count(during * 60); shots > 0; shots--) {
      const who = Math.floor(dice.roll() * this.form.length);
      this.form[who] = (this.form[who] ?? 0) + dice.pick([-0.18, -0.12, 0.12, 0.18]);
    }
    this.now = now;
  }

  private chances(): number[] {
    const weights = this.form.map((form) => Math.exp(form));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  }

  private opinion(): number {
    return Math.exp(0.08 * this.dice.gauss());
  }

  /** With each read a bookmaker thinks again about an entrant or two. */
  private rethink({ opinions }: TournamentOffer): void {
    for (let times = this.dice.count(1.6); times > 0; times--) {
      opinions[Math.floor(this.dice.roll() * opinions.length)] = this.opinion();
    }
  }

  private requote({ habits, opinions, quoted }: TournamentOffer, chances: readonly number[]): void {
    const kept = 1.06 + 2.4 * habits.margin;
    for (const [i, chance] of chances.entries()) {
      const implied = Math.min(0.93, Math.max(LONGEST_SHOT, chance * (opinions[i] ?? 1) * kept));
      const old = quoted[i];
      if (old === undefined || Math.abs(implied / old - 1) > STALE_SHARE) quoted[i] = implied;
    }
  }

  private show({ habits, rhythm, quoted }: TournamentOffer): Bookmaker {
    const last_update = isoSeconds(rhythm.last);
    const outcomes = this.tournament.field
      .map((name, i) => ({ name, price: priceFor(quoted[i] ?? LONGEST_SHOT, this.format) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      key: habits.key,
      title: habits.title,
      last_update,
      markets: [{ key: "outrights", last_update, outcomes }],
    };
  }
}
