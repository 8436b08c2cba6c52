import { VARIABLES } from "./config.js";

/** Where variables came from: the environment as the process found it, and what `.env` says besides. */
export interface Given {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: Readonly<Record<string, string>>;
  /** Why `.env` could not be read although it is there, such as `EACCES`; or why nothing in it could be found. */
  readonly unreadable?: string | undefined;
}

/** A variable that nobody reads, and the one that was most likely meant; none where only its beginning is ours. */
export interface Unknown {
  readonly name: string;
  readonly meant: string | undefined;
}

/** Beginnings that only variables of this server have. */
const OURS = /^(THE_)?ODDS_/i;
/** Below this length a word is too near to too many others: HOST and HOME, PORT and POST. */
const SHORT = 5;

/** What the server goes by, as dotenv lays the two together: the environment beats `.env`, also where it is empty. */
export function together({ environment, file }: Given): Record<string, string | undefined> {
  return { ...file, ...environment };
}

/** Says where a variable's value came from, for a person to find it. */
export function originOf(name: string, { environment, file }: Given): string | undefined {
  if (environment[name] !== undefined) return "the environment";
  return file[name] === undefined ? undefined : ".env";
}

/** Names of ours that stand in both with different values, so that the one in `.env` counts for nothing. */
export function overridden({ environment, file }: Given): string[] {
  return ["NODE_ENV", ...VARIABLES].filter((name) => {
    const wins = environment[name];
    const loses = file[name];
    return wins !== undefined && loses !== undefined && wins.trim() !== loses.trim();
  });
}

/** Variables that the server does not read, but that resemble one which it does. Empty ones count as unset. */
export function misspelt(given: Given): Unknown[] {
  const known = new Set(VARIABLES);
  return Object.entries(together(given)).flatMap(([name, value]) => {
    if (known.has(name) || !value?.trim()) return [];
    const meant = nearest(name);
    return meant !== undefined || OURS.test(name) ? [{ name, meant }] : [];
  });
}

/** The variable of ours that a name resembles most; undefined where it resembles none. */
function nearest(name: string): string | undefined {
  let best: { readonly variable: string; readonly far: number } | undefined;
  for (const variable of VARIABLES) {
    const far = distance(name, variable);
    if (far !== undefined && (best === undefined || far < best.far)) best = { variable, far };
  }
  return best?.variable;
}

/**
 * How far a name is from one of ours, as the number of letters to change; undefined where that is too far to be the
 * same word. Small letters and underscores count for nothing. A part of ours (`ODDS_API_KEY`, `RATE_LIMIT`) is near,
 * if it has two words and is not what others call theirs, such as `API_KEY`.
 */
function distance(name: string, variable: string): number | undefined {
  const [one, other] = [plain(name), plain(variable)];
  // A platform's own, or a variable of the shell in small letters, unless it is ours but for those.
  if (name !== name.toUpperCase() && (one !== other || !name.includes("_"))) return undefined;
  const letters = edits(one, other);
  const allowed = other.length < SHORT ? 0 : other.length < 9 ? 1 : 2;
  if (letters <= allowed) return letters;
  const words = name.toUpperCase().split("_");
  const isPart = words.length > 1 && `_${variable}_`.includes(`_${words.join("_")}_`);
  return isPart && name !== "API_KEY" ? letters : undefined;
}

const plain = (name: string) => name.toUpperCase().replaceAll("_", "");

/** Levenshtein's distance: letters to add, drop or change. */
function edits(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, wanted] of [...other].entries()) {
      const change = (row[j] ?? 0) + (letter === wanted ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
