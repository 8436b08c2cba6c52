/** So many entries are kept, and so much (characters) of a message. */
const MAX_ENTRIES = 20;
const MAX_LENGTH = 300;

/** Lines of the log with the same message: WARN or ERROR. */
export interface RecentError {
  /** When the last of them was written, by this machine's clock; ms since the epoch. */
  readonly at: number;
  readonly level: "warn" | "error";
  readonly message: string;
  /** How many there were since the first that is still known. */
  readonly count: number;
  /** What the last of them says of its error code and its sport. */
  readonly code?: string | undefined;
  readonly sport?: string | undefined;
}

/** A line as it is taken down; it holds no secret any more. */
type Line = Pick<RecentError, "level" | "message" | "code" | "sport">;

/** What the log last said in WARN and ERROR, each message once: for an operator who does not have the log at hand. */
export class RecentErrors {
  private readonly entries = new Map<string, RecentError>();

  /** Takes down a line; the one that was silent for longest makes room for a new one. */
  note({ level, message, code, sport }: Line): void {
    const cut = short(message);
    const count = (this.entries.get(cut)?.count ?? 0) + 1;
    this.entries.delete(cut);
    this.entries.set(cut, {
      at: Date.now(),
      level,
      message: cut,
      count,
      code: code && short(code),
      sport: sport && short(sport),
    });
    const [oldest] = this.entries.keys();
    if (this.entries.size > MAX_ENTRIES && oldest !== undefined) this.entries.delete(oldest);
  }

  /** All that is known, the latest first. */
  list(): RecentError[] {
    return [...this.entries.values()].reverse();
  }
}

function short(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}
