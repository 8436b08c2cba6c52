import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { describe } from "vitest";
import { freePort, temporaryFolder } from "./process.js";
import { closeAfter } from "./start-app.js";

const COMMAND = "nginx";
const installed = spawnSync(COMMAND, ["-v"]).status === 0;
const redisInstalled = spawnSync("redis-server", ["--version"]).status === 0;

if (!installed && process.env.CI) throw new Error(`${COMMAND} is not installed: .ci/run installs it.`);

/** Tests that need a real nginx and a real Redis; where one is not installed they are skipped, and their name says why. */
export function describeWithNginx(name: string, tests: () => void): void {
  const ready = installed && redisInstalled;
  describe.skipIf(!ready)(ready ? name : `${name} (SKIPPED: nginx or redis-server is not installed)`, tests);
}

/** Runs nginx with deploy/nginx.conf, on a free port, in front of processes on `ports`; stopped after the test. */
export async function startNginx(
  ports: readonly number[],
  { sticky }: { sticky: boolean },
): Promise<{ port: number; url: string; wsUrl: string }> {
  const port = await freePort();
  const folder = temporaryFolder();
  const written = readFileSync(path.resolve(import.meta.dirname, "../../deploy/nginx.conf"), "utf8");
  let configuration = written
    .replace("listen 80;", `listen 127.0.0.1:${port};`)
    .replace("worker_processes auto;", "worker_processes 1;")
    .replace(
      "http {",
      `http {\n  access_log off;\n  client_body_temp_path ${folder};\n  proxy_temp_path ${folder};`,
    );
  for (const [i, to] of ports.entries())
    configuration = configuration.replace(`127.0.0.1:${3001 + i} `, `127.0.0.1:${to} `);
  // Processes that are not there.
  configuration = configuration.replace(/^ *server 127\.0\.0\.1:300\d .*\n/gm, "");
  if (!sticky) configuration = configuration.replace("    ip_hash;\n", "    least_conn;\n");
  const file = path.join(folder, "nginx.conf");
  writeFileSync(
    file,
    `daemon off;\nmaster_process off;\npid ${folder}/nginx.pid;\nerror_log stderr warn;\n${configuration}`,
  );
  const child = spawn(COMMAND, ["-p", folder, "-c", file], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
  });
  const ended = once(child, "exit");
  closeAfter(child, async () => {
    child.kill("SIGKILL");
    await ended;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx did not start: ${said}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (open) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { port, url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}/odds` };
}
