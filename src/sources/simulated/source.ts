import type { OddsEvent, Reading, Sport } from "../../board/model.js";
import type { OddsSource, SportsList } from "../../polling/odds-source.js";
import { SourceError } from "../../source-error.js";
import { LEAGUES, TOURNAMENTS } from "./leagues.js";
import { TournamentBoard } from "./outright.js";
import type { OddsFormat } from "./prices.js";
import { seedFor } from "./random.js";
import { LeagueBoard } from "./schedule.js";

/** A seed whose first seconds are lively in the best known leagues: somebody is looking at a first start. */
const DEFAULT_SEED = 3;
/** A clock that went back by less than this finds the board standing still; by more, a new one. */
const SMALL_STEP_BACK_MS = 10 * 60_000;

interface SimulatedBoard {
  readonly now: number;
  events(at: number): OddsEvent[];
}

/** What a simulation can be started with: the same seed, start and reads give the same boards. */
export interface SimulatedOptions {
  readonly seed?: number;
  /** When the simulated schedules begin (ms since the epoch); the present by default. */
  readonly startedAt?: number;
  readonly format?: OddsFormat;
}

/** Stands in for the upstream so that a frontend can be built without a key: made-up games, prices that move. */
export class SimulatedSource implements OddsSource {
  readonly name = "simulated";
  private readonly seed: number;
  private readonly startedAt: number;
  private readonly format: OddsFormat;
  private readonly boards = new Map<string, SimulatedBoard>();

  constructor({ seed = DEFAULT_SEED, startedAt = Date.now(), format = "decimal" }: SimulatedOptions = {}) {
    this.seed = seed;
    this.startedAt = startedAt;
    this.format = format;
  }

  async sports(_at: number): Promise<SportsList> {
    return { sports: [...LEAGUES, ...TOURNAMENTS].map(({ sport }) => ({ ...sport })) };
  }

  async board(sport: Sport, at: number): Promise<Reading> {
    return { events: this.boardOf(sport.key, at).events(at), fetchedAt: at };
  }

  close(): void {
    this.boards.clear();
  }

  private boardOf(key: string, at: number): SimulatedBoard {
    const known = this.boards.get(key);
    if (known && at > known.now - SMALL_STEP_BACK_MS) return known;
    const board = this.begin(key, Math.min(at, this.startedAt));
    this.boards.set(key, board);
    return board;
  }

  private begin(key: string, startedAt: number): SimulatedBoard {
    const seed = seedFor(this.seed, key);
    const league = LEAGUES.find(({ sport }) => sport.key === key);
    if (league) return new LeagueBoard(league, startedAt, this.format, seed);
    const tournament = TOURNAMENTS.find(({ sport }) => sport.key === key);
    if (tournament) return new TournamentBoard(tournament, startedAt, this.format, seed);
    throw new SourceError("UNKNOWN_SPORT", `The simulation has no sport "${key}".`, "remember");
  }
}
