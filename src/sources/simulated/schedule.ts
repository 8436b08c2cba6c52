import type { Bookmaker, OddsEvent } from "../../board/model.js";
import { BOOKMAKERS, type BookmakerHabits } from "./bookmakers.js";
import { Game } from "./game.js";
import type { League } from "./leagues.js";
import { isoSeconds, Offer, ReadingRhythm } from "./offers.js";
import type { OddsFormat } from "./prices.js";
import { Dice } from "./random.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Fixture {
  readonly game: Game;
  /** Far fixtures are days away when listed; the others follow each other without a break. */
  readonly far: boolean;
  readonly offers: readonly Offer[];
}

/** The board of one league: its games as they are listed, played and over, and what is offered on them. */
export class LeagueBoard {
  private readonly dice: Dice;
  private readonly length: number;
  private readonly ratings = new Map<string, number>();
  private readonly bookmakers: readonly (readonly [BookmakerHabits, ReadingRhythm])[];
  private fixtures: Fixture[] = [];
  /** The moment that it has come to, in ms since the epoch. */
  now: number;
  /** The start of the last game of the unbroken row. */
  private lastStart: number;

  constructor(
    private readonly league: League,
    startedAt: number,
    private readonly format: OddsFormat,
    seed: number,
  ) {
    this.dice = new Dice(seed);
    this.length = league.play.minutes * MINUTE;
    this.now = startedAt;
    this.lastStart = this.rowFrom(startedAt);
    for (const side of league.pools.flat()) {
      this.ratings.set(side, league.play.ratings * this.dice.gauss() * Math.SQRT1_2);
    }
    // One after the other, in no order.
    const turns = BOOKMAKERS.map((_, i) => (i + this.dice.roll()) / BOOKMAKERS.length);
    this.bookmakers = BOOKMAKERS.map((habits) => {
      const [since = 0] = turns.splice(Math.floor(this.dice.roll() * turns.length), 1);
      return [habits, new ReadingRhythm(startedAt, true, since, this.dice)];
    });
    this.arrange();
  }

  events(at: number): OddsEvent[] {
    if (at > this.now) this.advance(at);
    return this.fixtures.map(({ game, offers }) => this.show(game, offers));
  }

  private advance(now: number): void {
    this.now = now;
    this.fixtures = this.fixtures.filter(({ game }) => game.end > now);
    this.arrange();
    const inPlay = this.fixtures.some(({ game }) => game.inPlay(now));
    const read = new Set(
      this.bookmakers.map(([, rhythm]) => rhythm).filter((rhythm) => rhythm.due(now, inPlay)),
    );
    for (const { game, offers } of this.fixtures) {
      game.advance(now);
      const outlook = game.outlook();
      for (const offer of offers) if (read.has(offer.rhythm)) offer.advance(now, outlook);
    }
  }

  /** Fills the board again: some games for the coming days, the rest one after the other. */
  private arrange(): void {
    const now = this.now;
    const { games } = this.league;
    const before = this.fixtures.length;
    // After days without a read nobody asks for the games that came and went meanwhile.
    if (this.lastStart < now - this.length) this.lastStart = this.rowFrom(now);
    const waiting = (far: boolean) =>
      this.fixtures.filter((fixture) => fixture.far === far && fixture.game.commence >= now).length;
    while (waiting(true) < Math.floor(games / 4)) {
      const commence = Math.ceil((now + this.dice.between(20, 76) * HOUR) / (30 * MINUTE)) * 30 * MINUTE;
      if (!this.list(commence, true)) break;
    }
    while (this.fixtures.length < games || waiting(false) < 2) {
      const commence = this.lastStart + this.gap();
      if (commence + this.length > now && !this.list(commence, false)) break;
      this.lastStart = commence;
    }
    if (this.fixtures.length === before) return;
    this.fixtures.sort(
      ({ game: a }, { game: b }) => a.commence - b.commence || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    );
  }

  private rowFrom(now: number): number {
    return Math.floor((now - 0.95 * this.length) / (5 * MINUTE)) * 5 * MINUTE;
  }

  /**
   * From one start to the next. Any two gaps in a row are shorter than a game: that is what keeps two games in
   * play at every moment.
   */
  private gap(): number {
    const gap = this.dice.chance(0.1) ? 0 : this.length * this.dice.between(0.26, 0.44);
    return Math.round(gap / (5 * MINUTE)) * 5 * MINUTE;
  }

  private list(commence: number, far: boolean): boolean {
    const sides = this.sides();
    if (!sides) return false;
    const [home, away] = sides;
    const dice = this.dice;
    const rating = (side: string) => this.ratings.get(side) ?? 0;
    const edge = this.league.play.homeEdge + rating(home) - rating(away);
    const game = new Game(this.league, home, away, commence, this.now, edge, dice);
    game.advance(this.now);
    const offers = this.bookmakers
      .filter(([{ coverage }]) => dice.chance(coverage))
      .map(([habits, rhythm]) => new Offer(habits, game, rhythm, this.format, dice));
    this.fixtures.push({ game, far, offers });
    return true;
  }

  /** Two sides of one pool that are on no other game of the board. */
  private sides(): [home: string, away: string] | null {
    const taken = new Set(this.fixtures.flatMap(({ game }) => [game.home, game.away]));
    const pools = this.league.pools
      .map((pool) => pool.filter((side) => !taken.has(side)))
      .filter((pool) => pool.length > 1);
    if (pools.length === 0) return null;
    const pool = this.dice.pick(pools);
    const home = this.dice.pick(pool);
    return [home, this.dice.pick(pool.filter((side) => side !== home))];
  }

  private show(game: Game, offers: readonly Offer[]): OddsEvent {
    const { sport } = this.league;
    const bookmakers: Bookmaker[] = [];
    for (const offer of offers) {
      const bookmaker = offer.show(this.now);
      if (bookmaker) bookmakers.push(bookmaker);
    }
    return {
      id: game.id,
      sport_key: sport.key,
      sport_title: sport.title,
      commence_time: isoSeconds(game.commence),
      home_team: game.home,
      away_team: game.away,
      bookmakers,
    };
  }
}
