/** The lease of a reader that says no more ends after this time (ms); then another process reads. */
export const LEASE_MS = 3000;
/** The reader itself stops this much sooner (ms), counted from when it asked: its clock and Redis' may differ a little. */
export const LEASE_MARGIN_MS = 500;

/** The right to read the upstream, as far as this process knows of it. Times are ms on the monotonic clock. */
export class Lease {
  /** Whether this process takes it when it is free. */
  wanted = true;
  private held = "";
  private until = 0;

  /** `process:fencing number`; undefined while it is not surely this process's. */
  get token(): string | undefined {
    return this.held !== "" && performance.now() < this.until ? this.held : undefined;
  }

  /** The same, whether or not its time is over; empty where it is another's, or something is not sure. */
  get claim(): string {
    return this.held;
  }

  /** It is this process's, as was asked at `askedAt`. Returns whether that is new. */
  renew(token: string, askedAt: number): boolean {
    const isNew = token !== this.held;
    this.held = token;
    this.until = askedAt + LEASE_MS - LEASE_MARGIN_MS;
    return isNew;
  }

  /** It is not, or it is not sure. Returns what it was; empty for none. */
  drop(): string {
    const { held } = this;
    this.held = "";
    return held;
  }
}
