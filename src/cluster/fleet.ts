import { createHash } from "node:crypto";
import type { Config, SourceName } from "../config.js";
import type { Logger } from "../logger.js";

/** Changes with the form of what is kept and told: versions that do not understand one another do not meet. */
const FORM = 2;

/** What a fleet's boards are made of; the key is not among it. */
export type Asked = Pick<
  Config,
  "ODDS_API_BASE_URL" | "ODDS_REGIONS" | "ODDS_BOOKMAKERS" | "ODDS_MARKETS" | "ODDS_FORMAT"
>;

/** Processes that ask for the same odds, and so may share boards. */
export class Fleet {
  /** What it asks for, for a person to read. */
  readonly asks: string;
  /** Its short name, the same for all that ask for the same. */
  readonly name: string;
  private readonly told = new Set<string>();

  constructor(source: SourceName, asked: Asked) {
    const list = (names: readonly string[]) => [...names].sort().join(",");
    const { origin, pathname } = new URL(asked.ODDS_API_BASE_URL);
    const asks = [
      ...(source === "simulated"
        ? [source]
        : [
            `${source} at ${origin}${pathname}`,
            `regions ${list(asked.ODDS_REGIONS)}`,
            ...(asked.ODDS_BOOKMAKERS ? [`bookmakers ${list(asked.ODDS_BOOKMAKERS)}`] : []),
            `markets ${list(asked.ODDS_MARKETS)}`,
          ]),
      `format ${asked.ODDS_FORMAT}`,
      `form ${FORM} of what is shared`,
    ];
    this.asks = asks.join("; ");
    this.name = createHash("sha256").update(this.asks).digest("hex").slice(0, 8);
  }

  /** Other fleets that are alive in the same database, by name: each is told of once, for as long as it lives. */
  meet(others: ReadonlyMap<string, string>, log: Logger): void {
    for (const name of this.told) if (!others.has(name)) this.told.delete(name);
    for (const [name, asks] of others) {
      if (this.told.has(name)) continue;
      this.told.add(name);
      log.error(
        "ANOTHER FLEET is alive in this Redis database, and asks for other odds: the two share no boards, and each reads for itself. Give all processes the same configuration, or each fleet a database of its own.",
        { here: this.asks, there: asks },
      );
    }
  }
}
