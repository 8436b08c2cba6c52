import { type OddsError, oddsError } from "./errors.js";
import { isAuthAck } from "./readable.js";
import { refusalOf } from "./refusal.js";
import type { OddsSocket } from "./socket.js";

/** Gives the application's token: asked at each connection, and before the last one ends. */
export type TokenSource = () => string | Promise<string>;

/** A new token is asked for so long (ms) before the end of the old one, or a quarter of its time where that is less. */
const BEFORE_END_MS = 60_000;
/** And not more often than this, in ms. */
const LEAST_MS = 1000;
/** The longest that a timer holds, in ms. */
const MOST_MS = 2 ** 31 - 1;
/** A renewal that came too soon for the server, as much else was said, is said again after this time, in ms. */
const AGAIN_MS = 2000;
/** Where the application had no new one, or one that was refused, it is asked again after this time (ms), while the old one holds. */
const NONE_MS = 5000;

/** Presents the application's token at each connection, and renews it before it ends. */
export class TokenRenewal {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Connections so far: a token that comes late must not be presented at the next one, which asks for its own. */
  private connections = 0;

  constructor(
    private readonly socket: OddsSocket,
    private readonly source: TokenSource,
    private readonly failed: (error: OddsError) => void,
  ) {
    socket.auth = (present) => {
      this.connections += 1;
      const asked = this.connections;
      void this.ask().then((token) => {
        // Without one the server says what it thinks of that.
        if (asked === this.connections) present(token === undefined ? {} : { token });
      });
    };
    socket.on("auth_ack", (ack) => {
      if (!isAuthAck(ack)) return;
      // Both by the server's clock: this device's may be wrong.
      const leftMs = ack.expiresAt - ack.timestamp;
      this.renewIn(leftMs - Math.min(BEFORE_END_MS, leftMs / 4));
    });
    socket.on("disconnect", () => this.stop());
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private renewIn(ms: number): void {
    this.stop();
    this.timer = setTimeout(() => void this.renew(), Math.min(MOST_MS, Math.max(LEAST_MS, ms)));
  }

  private async renew(): Promise<void> {
    const { id } = this.socket;
    const token = await this.ask();
    // Another connection has asked for itself.
    if (!this.socket.connected || this.socket.id !== id) return;
    if (token === undefined) {
      this.renewIn(NONE_MS);
      return;
    }
    this.socket.emit("auth", { token }, (answer) => {
      if (answer?.ok !== false) return;
      const error = refusalOf(answer);
      const isTooSoon = error.code === "RATE_LIMITED";
      this.renewIn(isTooSoon ? AGAIN_MS : NONE_MS);
      if (!isTooSoon) this.failed(error);
    });
  }

  private async ask(): Promise<string | undefined> {
    try {
      return await this.source();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.failed(oddsError("UNAUTHORIZED", `The application gave no token: ${why}`));
      return undefined;
    }
  }
}
