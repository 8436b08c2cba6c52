import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect, it } from "vitest";
import { socketIoClient, wsClient } from "../helpers/clients.js";
import { closeAfter } from "../helpers/closing.js";
import { eventually } from "../helpers/eventually.js";
import { smallBoard, startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { MemoryEngine } from "../helpers/memory-engine.js";
import { describeWithPrometheus, startPrometheus } from "../helpers/prometheus.js";
import { startRedis } from "../helpers/redis.js";
import { scrape } from "../helpers/scrape.js";
import { type Running, startAppOn } from "../helpers/start-app.js";

const SPORT = "basketball_nba";
const TOKEN = "0123456789abcdef-metrics";
const JOB = "live-odds";
const deploy = path.resolve(import.meta.dirname, "../../deploy");
const ALERTS = path.join(deploy, "alerts.yml");
const rules = readFileSync(ALERTS, "utf8");

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(readFileSync(path.join(deploy, "grafana-dashboard.json"), "utf8")) as {
  panels: Panel[];
  annotations: { list: { expr: string }[] };
};
const panels = dashboard.panels.filter(({ type }) => type !== "row");
/** Each query as Grafana would send it, a fast scrape in mind. */
const queries = [
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
  ...dashboard.annotations.list.map(({ expr }) => ({ title: "annotation", expr })),
].map(({ title, expr }) => ({
  title,
  expr: expr.replaceAll("$job", JOB).replaceAll("$__rate_interval", "5s"),
}));

/** A server to which every call leads something: Redis, credits that run out, clients of all kinds, one that resumes. */
async function busyServer(): Promise<Running> {
  const redis = await startRedis();
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  api.plan = 200_000;
  api.remaining = 100_000;
  const env = {
    REDIS_URL: redis.url,
    ODDS_PACING: "off",
    METRICS_TOKEN: TOKEN,
    HISTORY: "on",
    // Where several processes keep one; the engine takes its place here.
    DATABASE_URL: "postgres://127.0.0.1/nobody",
  };
  const server = await startAppOn(api, env, { engine: new MemoryEngine() });
  let price = 2;
  const moving = setInterval(() => {
    price += 0.01;
    api.boards.set(SPORT, smallBoard(price));
  }, 200);
  closeAfter(moving, clearInterval);
  for (const updates of ["full", "delta"]) {
    for (const client of [await socketIoClient(server), await wsClient(server)]) {
      client.say({ type: "subscribe", sport: SPORT, updates });
      await client.inbox.first("odds_update");
    }
  }
  return server;
}

/** Forwards to a server as a proxy does, which says for whom. */
async function startProxy(server: Running): Promise<number> {
  const proxy = createServer((asked, answer) => {
    const headers = { ...asked.headers, "x-forwarded-for": "192.0.2.1" };
    const onward = request({ port: server.port, host: "127.0.0.1", path: asked.url, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    onward.end();
  });
  closeAfter(proxy, (it) => it.close());
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return (proxy.address() as AddressInfo).port;
}

const scrapeConfig = (job: string, port: number, more: Record<string, unknown> = {}) => ({
  job_name: job,
  static_configs: [{ targets: [`127.0.0.1:${port}`] }],
  ...more,
});

describeWithPrometheus("Prometheus", () => {
  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: deploy, encoding: "utf8" });
    return { status, said: `${stdout}${stderr}` };
  };

  it("takes the rules, and they fire when they should and not else", () => {
    expect(promtool("check", "rules", "alerts.yml")).toMatchObject({ status: 0 });
    expect(promtool("test", "rules", "alerts.test.yml")).toEqual({
      status: 0,
      said: expect.stringContaining("SUCCESS"),
    });
  });

  it("finds nothing to complain of in a scrape's names and texts", async () => {
    const { text } = await scrape(await busyServer());
    // Node's own names are prom-client's to choose.
    const ours = text.split(/\n(?=# HELP)/).filter((metric) => metric.startsWith("# HELP live_odds_"));
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: `${ours.join("\n")}\n`,
      encoding: "utf8",
    });
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
  });

  it("evaluates each panel and each rule on what a real server tells, and every metric that they name is there", async () => {
    const server = await busyServer();
    const prometheus = await startPrometheus([scrapeConfig(JOB, server.port)], ALERTS);
    const silent = async () => {
      const answers = await Promise.all(
        queries.map(async ({ title, expr }) => {
          const values = (await prometheus.query(expr)).map(({ value }) => value);
          return values.some(Number.isFinite) ? [] : [`${title}: ${expr}`];
        }),
      );
      return answers.flat();
    };
    await eventually(silent).toEqual([]);
    const { names } = await scrape(server);
    const named = [...queries.map(({ expr }) => expr), rules]
      .join("\n")
      .match(/\b(live_odds|nodejs|process)_\w+/g);
    expect(new Set(named).size).toBeGreaterThan(30);
    expect([...new Set(named)].filter((name) => !names.has(name))).toEqual([]);
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = ""]) => name);
    await eventually(() => prometheus.rules()).toEqual(
      Object.fromEntries(alerts.map((name) => [name, "ok"])),
    );
    // All is well there but for the credits, of which the alarm waits an hour.
    const firing = async () =>
      (await prometheus.query('ALERTS{alertstate="firing"}')).map(({ metric }) => metric);
    expect(await firing()).toEqual([]);
  });

  it("scrapes through a proxy with METRICS_TOKEN, and not without", async () => {
    const proxy = await startProxy(await busyServer());
    const authorization = { credentials: TOKEN };
    const configs = [scrapeConfig("with", proxy, { authorization }), scrapeConfig("without", proxy)];
    const prometheus = await startPrometheus(configs, ALERTS);
    const up = async () => {
      const samples = await prometheus.query("up");
      return Object.fromEntries(samples.map(({ metric, value }) => [metric.job, value]));
    };
    await eventually(up).toEqual({ with: 1, without: 0 });
  });
});

it("Each rule has a summary, says what to do, is tested firing, and stands in the table", () => {
  const tests = readFileSync(path.join(deploy, "alerts.test.yml"), "utf8");
  const table = readFileSync(path.join(deploy, "README.md"), "utf8");
  const each = rules.split(/- alert: /).slice(1);
  expect(each.length).toBeGreaterThanOrEqual(6);
  for (const rule of each) {
    const [name] = /^\w+/.exec(rule) ?? [];
    expect(rule, name).toMatch(/summary: "\S.{15,}"/);
    expect(rule, name).toMatch(/description: >-\n {12}\S.{40,}/);
    expect(table, name).toContain(`| \`${name}\` |`);
    expect(tests, name).toContain(`alertname="${name}", alertstate="firing"`);
  }
});

it("Each panel says what it shows, and asks something of the chosen job", () => {
  for (const { title, description, targets = [] } of panels) {
    expect(description?.length, title).toBeGreaterThan(20);
    expect(targets.length, title).toBeGreaterThan(0);
    for (const { expr } of targets) expect(expr, title).toContain('job="$job"');
  }
});
