import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { WebSocket } from "ws";

const pause = (ms: number) => new Promise((r) => setTimeout(r, ms));
const CLIENTS = 500;
const TICK = 500;
let port = 4600;

async function server(env: Record<string, string>) {
  port += 1;
  const child = spawn(process.execPath, ["/work/main/dist/index.js"], {
    env: { PATH: process.env.PATH ?? "", PORT: String(port), ODDS_SOURCE: "simulated", ODDS_POLL_INTERVAL_MS: String(TICK), ODDS_CACHE_TTL_MS: String(TICK), RATE_LIMIT_MAX: "1000000", MAX_CONNECTIONS_PER_IP: "2000", ...env },
    cwd: mkdtempSync(path.join(tmpdir(), "flt-")),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  child.stdout.on("data", (d) => lines.push(...String(d).split("\n")));
  const url = `http://127.0.0.1:${port}`;
  for (;;) { try { if ((await fetch(`${url}/ready`)).ok) break; } catch {} await pause(100); }
  return { child, url, lines };
}

async function crowd(url: string) {
  const last: number[] = []; let most = 0; const count = { n: 0 };
  const sockets = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => new Promise<WebSocket>((ok, no) => {
    const ws = new WebSocket(`${url.replace("http", "ws")}/odds`);
    ws.on("open", () => { ws.send(JSON.stringify({ type: "subscribe", sport: "basketball_nba", updates: "delta" })); ok(ws); });
    ws.on("error", no);
    ws.on("message", () => { const now = performance.now(); if (last[i]) most = Math.max(most, now - (last[i] as number)); last[i] = now; count.n += 1; });
  })));
  return { sockets, take: () => { const m = Math.round(most); most = 0; return m; }, cut: () => sockets.filter((s) => s.readyState !== WebSocket.OPEN).length };
}

async function run(name: string, env: Record<string, string>, fault: () => Promise<void> | void, heal: () => Promise<void> | void, ms: number) {
  const s = await server(env);
  const c = await crowd(s.url);
  await pause(5000); c.take();
  await pause(5000); const calm = c.take();
  await fault(); await pause(ms);
  const during = c.take();
  const state = await (await fetch(`${s.url}/api/odds/history/status`)).text();
  const status = ((await (await fetch(`${s.url}/status`)).json()) as any);
  await heal();
  const healed = performance.now();
  let heals = "not within 60 s";
  for (let i = 0; i < 600; i++) { const r = ((await (await fetch(`${s.url}/status`)).json()) as any); if (r.history === "ok") { heals = `${((performance.now() - healed) / 1000).toFixed(1)} s`; break; } await pause(100); }
  await pause(3000); const after = c.take();
  const ev = ((await (await fetch(`${s.url}/api/odds/history/events?sport=basketball_nba`)).json()) as any).events?.[0]?.id;
  const cov = ((await (await fetch(`${s.url}/api/odds/history?sport=basketball_nba&event=${ev}&limit=1000`)).json()) as any).coverage;
  const lost = (await (await fetch(`${s.url}/metrics`)).text()).match(/live_odds_history_lost_readings_total (\d+)/)?.[1];
  console.log(`| ${name} | ${calm} | ${during} | ${after} | ${c.cut()} | ${status.history} ${status.reasons} | ${state.slice(0, 200)} | lost ${lost} | ${heals} | ${JSON.stringify(cov).slice(-260)} |`);
  for (const l of s.lines.filter((x) => /"level":"(warn|error)"/.test(x) && !/SIMULATED/.test(x))) console.log("   ", l.slice(0, 260));
  for (const x of c.sockets) x.terminate();
  s.child.kill("SIGTERM"); await new Promise((r) => s.child.once("exit", r)).then(() => console.log("    exit", s.child.exitCode));
}

// tmpfs
const disk = mkdtempSync(path.join(tmpdir(), "disk-"));
execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]);
await run("full disk (tmpfs 3 MB)", { HISTORY_PATH: `${disk}/h.db` }, () => { try { writeFileSync(`${disk}/fill`, Buffer.alloc(3_000_000)); } catch {} }, () => rmSync(`${disk}/fill`), 20_000);
execFileSync("umount", ["-l", disk]);

// postgres
const folder = mkdtempSync(path.join(tmpdir(), "pg-"));
const bin = execFileSync("bash", ["-c", "ls -d /usr/lib/postgresql/*/bin | tail -1 || true"], { encoding: "utf8" }).trim() || "/usr/local/bin";
const id = (k: string) => Number(execFileSync("id", [k, "postgres"], { encoding: "utf8" }));
const who = { uid: id("-u"), gid: id("-g") };
mkdirSync(folder, { recursive: true }); chownSync(folder, who.uid, who.gid);
execFileSync(`${bin}/initdb`, ["-D", `${folder}/d`, "-U", "postgres", "-A", "trust", "--no-sync"], { ...who, cwd: folder, stdio: "ignore" });
let pg: ChildProcess;
const startPg = async () => { pg = spawn(`${bin}/postgres`, ["-D", `${folder}/d`, "-p", "5999", "-k", "", "-c", "listen_addresses=127.0.0.1"], { ...who, cwd: folder, stdio: "ignore", detached: true }); await pause(2500); };
await startPg();
const all = () => execFileSync("pgrep", ["-f", `${folder}/d|postgres:`], { encoding: "utf8" }).trim().split("\n").map(Number).filter((p) => p !== process.pid);
const DB = { DATABASE_URL: "postgres://postgres@127.0.0.1:5999/postgres" };
await run("PostgreSQL killed for 15 s", DB, () => { process.kill(-(pg.pid as number), "SIGKILL"); }, startPg, 15_000);
await run("PostgreSQL frozen (SIGSTOP) for 60 s", DB, () => { for (const p of all()) try { process.kill(p, "SIGSTOP"); } catch {} }, () => { for (const p of all()) try { process.kill(p, "SIGCONT"); } catch {} }, 60_000);
try { process.kill(-(pg! as ChildProcess).pid!, "SIGKILL"); } catch {}
process.exit(0);
