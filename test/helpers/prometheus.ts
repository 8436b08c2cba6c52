import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe } from "vitest";
import { freePort, startProgram, temporaryFolder } from "./process.js";

const COMMANDS = ["prometheus", "promtool", "redis-server"];
const missing = COMMANDS.filter((command) => spawnSync(command, ["--version"]).status !== 0);

if (missing.length > 0 && process.env.CI) {
  throw new Error(`${missing.join(" and ")} are not installed: .ci/run installs them.`);
}

/** Tests that need a real Prometheus (and Redis); where one is not installed they are skipped, and their name says why. */
export function describeWithPrometheus(name: string, tests: () => void): void {
  const ready = missing.length === 0;
  describe.skipIf(!ready)(ready ? name : `${name} (SKIPPED: ${missing.join(" and ")} not installed)`, tests);
}

/** One sample of an answer to a query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A Prometheus of the test's own. */
export interface TestPrometheus {
  /** What an expression gives now. Rejects with Prometheus' own words when it is none. */
  query(expression: string): Promise<Sample[]>;
  /** How its rules are, by name: `ok`, or why one could not be evaluated. */
  rules(): Promise<Record<string, string>>;
}

/** Starts Prometheus on a free port, scraping as `scrapeConfigs` (JSON) says each 0.5 s; killed after the test. */
export async function startPrometheus(scrapeConfigs: unknown, rules: string): Promise<TestPrometheus> {
  const port = await freePort();
  const folder = temporaryFolder();
  const file = path.join(folder, "prometheus.json");
  const global = { scrape_interval: "500ms", scrape_timeout: "500ms", evaluation_interval: "1s" };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ global, rule_files: [rules], scrape_configs: scrapeConfigs }));
  await startProgram(
    "prometheus",
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${path.join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    () =>
      fetch(`http://127.0.0.1:${port}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
  );
  const ask = async (at: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${at}`);
    const { data, error } = (await response.json()) as { data: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return data;
  };
  return {
    async query(expression) {
      const { result } = (await ask(`query?query=${encodeURIComponent(expression)}`)) as {
        result: { metric: Record<string, string>; value: [number, string] }[];
      };
      return result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
    },
    async rules() {
      const { groups } = (await ask("rules")) as {
        groups: { rules: { name: string; health: string; lastError?: string }[] }[];
      };
      return Object.fromEntries(
        groups
          .flatMap(({ rules: some }) => some)
          .map(({ name, health, lastError }) => [name, lastError ?? health]),
      );
    },
  };
}
