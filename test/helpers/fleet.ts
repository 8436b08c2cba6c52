import { type FakeOddsApi, TEST_KEY } from "./fake-odds-api.js";
import { type ServerProcess, startProcess } from "./process.js";

/** One server process among others. */
export interface Mate {
  readonly process: ServerProcess;
  readonly port: number;
  readonly url: string;
  readonly wsUrl: string;
  /** Its name among the processes, once it is in touch with them. */
  readonly id: string;
}

/** Starts a server process that reads the fake API and shares the Redis at `redisUrl`; resolves once it is ready. */
export async function startMate(
  api: Pick<FakeOddsApi, "url">,
  redisUrl: string,
  env: Record<string, string> = {},
): Promise<Mate> {
  const process = startProcess({
    PORT: "0",
    HOST: "127.0.0.1",
    THE_ODDS_API_KEY: TEST_KEY,
    ODDS_API_BASE_URL: api.url,
    ODDS_POLL_INTERVAL_MS: "1000",
    ODDS_CACHE_TTL_MS: "1000",
    RATE_LIMIT_MAX: "1000000",
    REDIS_URL: redisUrl,
    ...env,
  });
  const joined = await process.line("In touch with the other processes");
  const port = await process.listening();
  return {
    process,
    port,
    url: `http://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${port}/odds`,
    id: (JSON.parse(joined) as { process: string }).process,
  };
}

/** A process as `/api/cluster` shows it. */
export interface ShownProcess {
  readonly id: string;
  readonly clients: number;
  readonly wanted: string[];
  readonly reader: boolean;
  readonly versions: Record<string, number>;
}

/** What a server tells of all processes. */
export async function shownBy(server: { readonly url: string }): Promise<ShownProcess[]> {
  const response = await fetch(`${server.url}/api/cluster`);
  return ((await response.json()) as { processes: ShownProcess[] }).processes;
}

/** Resolves with what `look` gives once that is something; looks again every 50 ms. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  ms = 15_000,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`This did not come about within ${ms} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The one of these that reads, once there is one; as the others see it. */
export function leaderOf(mates: readonly Mate[], but?: Mate): Promise<Mate> {
  return eventually(async () => {
    for (const asked of mates) {
      if (asked === but) continue;
      const shown = await shownBy(asked).catch(() => []);
      const leader = shown.find((one) => one.reader);
      const mate = mates.find(({ id }) => id === leader?.id);
      if (mate && mate !== but) return mate;
    }
    return undefined;
  });
}
