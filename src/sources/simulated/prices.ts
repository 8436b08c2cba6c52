/** How prices are written, as the upstream's `oddsFormat`. */
export type OddsFormat = "decimal" | "american";

/** No bookmaker offers a price shorter than 1.01. */
const HIGHEST_CHANCE = 0.986;

/**
 * Adds a bookmaker's margin to the fair chances of a market: the sum comes out at 1 + `margin`. Long shots bear
 * more than their share, and what the favourite cannot bear falls on the others.
 */
export function withMargin(fair: readonly number[], margin: number): number[] {
  const implied = fair.map((chance) => chance * (1 + margin / 2) + margin / 2 / fair.length);
  const over = implied.reduce((sum, chance) => sum + Math.max(0, chance - HIGHEST_CHANCE), 0);
  if (over === 0) return implied;
  const others = implied.filter((chance) => chance < HIGHEST_CHANCE).length;
  return implied.map((chance) => (chance >= HIGHEST_CHANCE ? HIGHEST_CHANCE : chance + over / others));
}

/** The price a bookmaker writes for an implied chance, rounded to the steps that bookmakers use. */
export function priceFor(implied: number, format: OddsFormat): number {
  const decimal = 1 / implied;
  return format === "decimal" ? roundDecimal(decimal) : roundAmerican(decimal);
}

function roundDecimal(decimal: number): number {
  if (decimal < 10) return Math.max(1.01, Math.round(decimal * 100) / 100);
  return toStep(decimal, decimal < 20 ? 0.5 : decimal < 50 ? 1 : decimal < 100 ? 5 : decimal < 300 ? 10 : 50);
}

function roundAmerican(decimal: number): number {
  const size = decimal >= 2 ? (decimal - 1) * 100 : 100 / (decimal - 1);
  const step =
    size < 200 ? 1 : size < 500 ? 5 : size < 1000 ? 10 : size < 2000 ? 50 : size < 10_000 ? 100 : 500;
  const rounded = Math.max(100, toStep(size, step));
  return decimal >= 2 ? rounded : -rounded;
}

function toStep(value: number, step: number): number {
  return Math.round(value / step) * step;
}
