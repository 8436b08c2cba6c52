import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { describe } from "vitest";
import { freePort, startProgram, temporaryFolder } from "./process.js";

const COMMAND = "nginx";
const installed = spawnSync(COMMAND, ["-v"]).status === 0;
const redisInstalled = spawnSync("redis-server", ["--version"]).status === 0;

if (!installed && process.env.CI) throw new Error(`${COMMAND} is not installed: .ci/run installs it.`);

/** Tests that need a real nginx and a real Redis; where one is not installed they are skipped, and their name says why. */
export function describeWithNginx(name: string, tests: () => void): void {
  const ready = installed && redisInstalled;
  describe.skipIf(!ready)(ready ? name : `${name} (SKIPPED: nginx or redis-server is not installed)`, tests);
}

/** Runs nginx with deploy/nginx-site.conf, on a free port, in front of processes on `ports`; stopped after the test. */
export async function startNginx(
  ports: readonly number[],
  { sticky }: { sticky: boolean },
): Promise<{ port: number; url: string; wsUrl: string }> {
  const port = await freePort();
  const folder = temporaryFolder();
  const written = readFileSync(path.resolve(import.meta.dirname, "../../deploy/nginx-site.conf"), "utf8");
  let site = written
    .replace("listen 80 default_server;", `listen 127.0.0.1:${port};`)
    .replace("listen [::]:80 default_server;", "")
    .replace(/error_log .*;/, "error_log stderr warn;");
  for (const [i, to] of ports.entries()) site = site.replace(`127.0.0.1:${3001 + i} `, `127.0.0.1:${to} `);
  // Processes that are not there.
  site = site.replace(/^ *server 127\.0\.0\.1:300\d .*\n/gm, "");
  if (!sticky) site = site.replace("  hash $remote_addr consistent;\n", "  least_conn;\n");
  const file = path.join(folder, "nginx.conf");
  // What Debian's nginx.conf has around a site, as far as it matters here.
  writeFileSync(
    file,
    `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
worker_rlimit_nofile 65536;
events {
  worker_connections 30000;
}
http {
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
${site}}
`,
  );
  await startProgram(COMMAND, ["-p", folder, "-c", file], () => {
    return new Promise((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
  });
  return { port, url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}/odds` };
}
