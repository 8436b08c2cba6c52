import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { haveChromium, inChromium, launchChromium, startSite } from "../helpers/browser.js";
import { builtServer } from "../helpers/build.js";
import { runProgram, startProcess, temporaryFolder } from "../helpers/process.js";
import { startApp } from "../helpers/start-app.js";

const repository = path.resolve(import.meta.dirname, "../..");

/** What the script may weigh, gzipped, in bytes: all that it needs is in it. */
const MOST_BYTES = 22_500;

/** A built server with simulated odds, as `npm start` leaves one. */
async function built(env: Record<string, string> = {}): Promise<string> {
  const server = startProcess({ PORT: "0", ODDS_SOURCE: "simulated", ODDS_POLL_INTERVAL_MS: "200", ...env });
  return `http://127.0.0.1:${await server.listening()}`;
}

describe("/client.js", () => {
  it("is one module with all it needs, compressed, for pages of every origin", async () => {
    const url = await built();
    const response = await fetch(`${url}/client.js`, { headers: { origin: "https://evil.example" } });
    const text = await response.text();
    expect(response.headers.get("content-type")).toMatch(/^text\/javascript/);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(Number(response.headers.get("content-length"))).toBeLessThan(MOST_BYTES);
    expect(text).not.toMatch(/\bimport\s*[({"']|\bfrom\s*["']|\brequire\(/);
    expect(text).toMatch(/^\/\*! live-odds-client \S+ \*\//);
  });

  it("is asked for anew each time, for free, but kept for good where it is named by its hash", async () => {
    const url = await built();
    const first = await fetch(`${url}/client.js`);
    const etag = first.headers.get("etag") ?? "";
    expect(first.headers.get("cache-control")).toBe("no-cache");
    const headers = { "if-none-match": etag, "cache-control": "max-age=0" };
    expect((await fetch(`${url}/client.js`, { headers })).status).toBe(304);
    const hash = /"(.+)"/.exec(etag)?.[1];
    const named = await fetch(`${url}/client.js?v=${hash}`);
    expect(named.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const other = await fetch(`${url}/client.js?v=0123`);
    expect(other.headers.get("cache-control")).toBe("no-cache");
  });

  it("stays that of the server's own build where another build takes its place", async () => {
    const folder = temporaryFolder();
    cpSync(builtServer(), folder, { recursive: true, verbatimSymlinks: true });
    const dist = path.join(folder, "dist");
    const own = readFileSync(path.join(dist, "client.js"), "utf8");
    const server = runProgram(process.execPath, [path.join(dist, "index.js")], {
      env: { PORT: "0", ODDS_SOURCE: "simulated" },
    });
    const url = `http://127.0.0.1:${await server.listening()}`;
    renameSync(dist, path.join(folder, "dist.old"));
    expect(await (await fetch(`${url}/client.js`)).text()).toBe(own);
    expect((await fetch(`${url}/live-odds-client.tgz`)).status).toBe(200);
  });

  it("needs no token where prices do", async () => {
    const url = await built({ AUTH_JWT_SECRET: "0123456789abcdef0123456789abcdef" });
    expect((await fetch(`${url}/client.js`)).status).toBe(200);
    expect((await fetch(`${url}/live-odds-client.tgz`)).status).toBe(200);
    expect((await fetch(`${url}/api/odds/live`)).status).toBe(401);
  });

  it("is told to be of the build by a server that runs from source", async () => {
    const { url } = await startApp();
    const response = await fetch(`${url}/client.js`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: "NOT_FOUND", message: expect.stringContaining("npm start") },
    });
  });
});

describe("/live-odds-client.tgz", () => {
  it("is a package that needs socket.io-client and nothing else", async () => {
    const url = await built();
    const response = await fetch(`${url}/live-odds-client.tgz`);
    expect(response.headers.get("content-type")).toBe("application/gzip");
    const archive = Buffer.from(await response.arrayBuffer());
    // Compressed once, not twice.
    expect(gunzipSync(archive).toString("latin1")).toContain("package/package.json");
    const folder = temporaryFolder();
    execFileSync("tar", ["xz", "-C", folder], { input: archive });
    const manifest = JSON.parse(readFileSync(path.join(folder, "package/package.json"), "utf8"));
    expect(manifest).toMatchObject({
      name: "live-odds-client",
      sideEffects: false,
      peerDependenciesMeta: { react: { optional: true } },
    });
    expect(Object.keys(manifest.dependencies)).toEqual(["socket.io-client"]);
    const own = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8"));
    expect(manifest.version).toBe(own.version);
    expect(Object.keys(manifest.exports)).toEqual(
      Object.keys(own.exports).map((at) => at.replace("./client", ".")),
    );
    const files = Object.values(manifest.exports as Record<string, Record<string, string>>).flatMap((of) =>
      Object.values(of),
    );
    expect(files.filter((file) => !existsSync(path.join(folder, "package", file)))).toEqual([]);
  });

  it("brings a board to a program that imports it", async () => {
    const url = await built();
    const folder = temporaryFolder();
    const modules = path.join(folder, "node_modules");
    mkdirSync(path.join(modules, "live-odds-client"), { recursive: true });
    const archive = Buffer.from(await (await fetch(`${url}/live-odds-client.tgz`)).arrayBuffer());
    execFileSync("tar", ["xz", "--strip-components=1", "-C", path.join(modules, "live-odds-client")], {
      input: archive,
    });
    symlinkSync(
      path.join(repository, "node_modules/socket.io-client"),
      path.join(modules, "socket.io-client"),
    );
    writeFileSync(
      path.join(folder, "program.mjs"),
      `import { connectOdds } from "live-odds-client";
       import { applyDelta } from "live-odds-client/apply-delta";
       import { bestPrices, questionsOf } from "live-odds-client/prices";
       const odds = connectOdds("${url}");
       odds.subscribe("basketball_nba", ({ board }) => {
         if (!board) return;
         const questions = board.odds.flatMap((event) => questionsOf(event, "decimal", () => true));
         const best = questions.flatMap((question) => bestPrices(question));
         console.log(typeof applyDelta, board.odds.length, best.some(({ price }) => price > 1));
         odds.close();
       });`,
    );
    const told = execFileSync(process.execPath, ["program.mjs"], { cwd: folder, encoding: "utf8" });
    expect(told).toMatch(/^function [1-9]\d* true\n$/);
  });
});

describe.skipIf(!haveChromium)(inChromium("/client.js in a browser"), () => {
  it("brings a board to a page of another origin, without a build", async () => {
    const url = await built();
    const site = await startSite(
      `<!doctype html><title>odds</title><p></p><script type="module">
        import { connectOdds } from "${url}/client.js";
        connectOdds("${url}").subscribe("basketball_nba", ({ board }) => {
          document.querySelector("p").textContent = board ? board.odds.length + " games" : "";
        });
      </script>`,
      {},
    );
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(site);
      await page.getByText(/^[1-9]\d* games$/).waitFor();
    } finally {
      await browser.close();
    }
  });
});
