import { type FakeOddsApi, sport, startFakeOddsApi } from "../../test/helpers/fake-odds-api.js";
import type { Succession } from "./boards.js";

/** The upstream that all servers read: gives each sport's boards one after another, one for each read. */
export class Upstream {
  private readonly next = new Map<string, string>();
  private readonly last = new Map<string, string>();
  private frozen = false;

  private constructor(
    readonly api: FakeOddsApi,
    private readonly successions: ReadonlyMap<string, Succession>,
  ) {
    for (const [key, succession] of successions) this.next.set(key, JSON.stringify(succession()));
    api.board = (request, response) => {
      const key = request.url?.split("/")[3] ?? "";
      response.writeHead(200, { "content-type": "application/json" });
      response.end(this.read(key));
    };
  }

  static async start(successions: ReadonlyMap<string, Succession>): Promise<Upstream> {
    const keys = [...successions.keys()];
    const api = await startFakeOddsApi(
      {},
      keys.map((key) => sport(key)),
    );
    return new Upstream(api, successions);
  }

  /** The next board of a sport, as JSON; the same again while frozen. */
  read(key: string): string {
    const known = this.last.get(key);
    if (this.frozen && known !== undefined) return known;
    const board = this.next.get(key) ?? "[]";
    this.last.set(key, board);
    // Made ready after the answer has gone out: a tick must not wait for it.
    setTimeout(() => this.next.set(key, JSON.stringify(this.successions.get(key)?.() ?? [])), 20);
    return board;
  }

  /** From here on boards stay as they are. */
  freeze(): void {
    this.frozen = true;
  }

  /** The board that was last read of a sport. */
  latest(key: string): unknown {
    return JSON.parse(this.last.get(key) ?? "[]");
  }
}
