import { AppError } from "../errors.js";
import { type Claims, refusalBy, type Verify } from "./claims.js";
import type { Refusal } from "./connection.js";

/** Timers hold no longer, and a wall clock that is put forward should be noticed. In ms. */
const LOOK_MS = 60_000;

/** A connection's right to be here: from its first token, through renewals, to the end of the last one. */
export class Permit {
  private claims: Claims | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** What was said behind a token that is being verified; undefined while none is. */
  private behind: (() => void)[] | undefined;

  /** `over` is called when there is no right any more: the token has ended, or none came, or the first one was refused. */
  constructor(
    private readonly verify: Verify,
    private readonly over: (why: Extract<Refusal, "no token" | "token expired">) => void,
  ) {}

  /** Whether a token was taken that has not ended. */
  get isGiven(): boolean {
    return this.claims !== undefined;
  }

  /** How much waits behind a token that is being verified. */
  get waiting(): number {
    return this.behind?.length ?? 0;
  }

  /** A token must come within `ms`. */
  await(ms: number): void {
    this.timer = setTimeout(() => this.over("no token"), ms).unref();
  }

  /** Has `work` done behind the token that is being verified. False where none is. */
  putOff(work: () => void): boolean {
    this.behind?.push(work);
    return this.behind !== undefined;
  }

  /**
   * Verifies a token that the client presents. Either `taken` or `refused` is called, and then what waited is done. None
   * of that, nor `over`, may throw, but for `taken`, behind which `refused` is called: nobody would catch it.
   */
  present(token: string, taken: (claims: Claims) => void, refused: (thrown: unknown) => void): void {
    const behind: (() => void)[] = [];
    this.behind = behind;
    // The client can be gone meanwhile, or have left and come back.
    const isWaitedFor = () => this.behind === behind;
    void this.check(token)
      .then((claims) => isWaitedFor() && taken(claims))
      .catch((thrown: unknown) => isWaitedFor() && refused(thrown))
      .then(() => {
        if (!isWaitedFor()) return;
        this.behind = undefined;
        if (!this.isGiven) this.over("no token");
        // One of these may be a token again.
        for (const work of behind) if (!this.putOff(work)) work();
      });
  }

  /** The connection lives by these claims from now on. */
  give(claims: Claims): void {
    this.claims = claims;
    this.look();
  }

  /** Why a sport may not be had; undefined when it may. */
  refusal(sport: string): AppError | undefined {
    return refusalBy(this.claims, sport);
  }

  /** Nothing is allowed any more. */
  end(): void {
    clearTimeout(this.timer);
    this.claims = undefined;
    this.behind = undefined;
  }

  private async check(token: string): Promise<Claims> {
    const claims = await this.verify(token);
    // Its limits and its share of the credits are in that one's name.
    if (this.claims && claims.sub !== this.claims.sub) {
      throw new AppError(
        "UNAUTHORIZED",
        "The token is another client's. Open a connection of its own for it.",
      );
    }
    return claims;
  }

  private look(): void {
    clearTimeout(this.timer);
    const left = (this.claims?.expiresAt ?? 0) - Date.now();
    if (left <= 0) this.over("token expired");
    else this.timer = setTimeout(() => this.look(), Math.min(left, LOOK_MS)).unref();
  }
}
