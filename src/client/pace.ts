/**
 * The server counts messages over a second as they arrive. One that has been answered for longer than that (ms) has
 * left every such second; the rest is for clocks that do not count alike.
 */
const WINDOW_MS = 1100;
/** As many in a window, before the server has named its limit. One is the connection's own. */
const AT_FIRST = 2;
/** What is left of the limit to others on the connection: pongs, the change of transport, the application. */
const MARGIN = 0.15;
const LEAST_MARGIN = 2;
/** A message refused for coming too soon is sent again after this time (ms), and up to twice it. */
const REFUSED_MS = 1000;

/**
 * How fast messages may go to the server. Counted are those without an answer, and those answered within the last
 * window. As an answer comes later than its message arrived, more than that can never arrive within a second, however
 * the network bunches them up.
 */
export class Pace {
  private most = AT_FIRST;
  private unanswered = 0;
  /** When answers came, on the steady clock (ms), oldest first. */
  private answers: number[] = [];
  private notBefore = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `go` is called when a message may go that was not allowed to. */
  constructor(private readonly go: () => void) {}

  /** A new connection, on which one message, its own, has just been answered. */
  begin(): void {
    this.stop();
    this.most = AT_FIRST;
    this.unanswered = 0;
    this.answers = [performance.now()];
    this.notBefore = 0;
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Takes in the server's limit, in messages a second. */
  learn(limit: number): void {
    if (!(limit >= 1)) return;
    this.most = Math.max(1, Math.floor(limit) - Math.max(LEAST_MARGIN, Math.ceil(limit * MARGIN)));
  }

  /** Whether a message may go now; it is counted then. Otherwise `go` is called, or an answer comes first. */
  take(): boolean {
    const now = performance.now();
    this.answers = this.answers.filter((at) => at + WINDOW_MS > now);
    if (now >= this.notBefore && this.unanswered + this.answers.length < this.most) {
      this.unanswered += 1;
      return true;
    }
    const [oldest] = this.answers;
    clearTimeout(this.timer);
    if (now < this.notBefore || oldest !== undefined) {
      const at = Math.max(this.notBefore, oldest === undefined ? 0 : oldest + WINDOW_MS);
      this.timer = setTimeout(this.go, at - now);
    }
    return false;
  }

  answered(): void {
    this.unanswered -= 1;
    this.answers.push(performance.now());
  }

  /** A message came too soon all the same. */
  refused(): void {
    this.notBefore = performance.now() + REFUSED_MS * (1 + Math.random());
  }
}
