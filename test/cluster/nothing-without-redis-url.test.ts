import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { builtServer } from "../helpers/build.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";

const run = promisify(execFile);
const built = (file: string) => pathToFileURL(path.join(builtServer(), "dist", file)).href;

/** The packages about Redis, but for ES modules, that a server has loaded once it has started and stopped. */
async function loaded(env: Record<string, string>): Promise<string[]> {
  const script = `
    import { createRequire } from "node:module";
    const { createApp } = await import(${JSON.stringify(built("app.js"))});
    const { loadConfig } = await import(${JSON.stringify(built("config.js"))});
    const say = () => {};
    const app = createApp(loadConfig(process.env), { error: say, warn: say, info: say, debug: say });
    const { port } = await app.start();
    await fetch("http://127.0.0.1:" + port + "/api/odds/sports");
    await app.stop();
    const files = Object.keys(createRequire(import.meta.url).cache).join("\\n");
    const names = [...files.matchAll(/node_modules\\/((?:@[^/]+\\/)?[^/\\n]*redis[^/\\n]*)\\//g)].map(([, name]) => name);
    process.stdout.write(JSON.stringify([...new Set(names)].sort()));
    process.exit(0);
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
    env: { PATH: process.env.PATH, PORT: "0", HOST: "127.0.0.1", HISTORY: "off", ...env },
  });
  return JSON.parse(stdout) as string[];
}

describeWithRedis("What is about Redis", () => {
  it("is loaded with REDIS_URL, and without it nothing is", async () => {
    const { url } = await startRedis();
    expect(await loaded({})).toEqual([]);
    expect(await loaded({ REDIS_URL: url })).toEqual(
      expect.arrayContaining(["@socket.io/redis-adapter", "redis"]),
    );
  });
});
