import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.js";
import { haveChromium, inChromium, launchChromium } from "../helpers/browser.js";
import { builtServer } from "../helpers/build.js";
import { temporaryFolder } from "../helpers/process.js";
import { closeAfter, rememberingLog, startApp } from "../helpers/start-app.js";

const get = async (url: string) => {
  const response = await fetch(url);
  return { response, text: await response.text() };
};

describe("/docs", () => {
  it("may load nothing but what is ours, and run no script but from a file", async () => {
    const server = await startApp();
    const { response, text } = await get(`${server.url}/docs`);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).not.toMatch(/unsafe-eval|https?:|\*/);
    expect(text.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="/docs/reader.js">']);
    expect(text).not.toMatch(/https?:\/\/|\son\w+=/);
    expect(text).toContain('disable-telemetry="true"');
  });

  it("has its reader from the version of the package that is pinned, whose file is there", async () => {
    const here = createRequire(import.meta.url);
    const { devDependencies } = here("../../package.json");
    const { version } = here("@redocly/cli/package.json");
    expect(devDependencies["@redocly/cli"]).toBe(version);
    const server = await startApp();
    const { response, text } = await get(`${server.url}/docs/reader.js`);
    expect(response.headers.get("content-type")).toMatch(/^text\/javascript/);
    expect(response.headers.get("content-encoding")).toBe("gzip");
    const file = here.resolve("@redocly/cli/lib/chunks/redoc.standalone.js");
    const shortened = readFileSync(file, "utf8").length - text.length;
    expect(shortened).toBeGreaterThan(0);
    expect(shortened).toBeLessThan(200);
    expect(text).not.toContain("https://cdn.");
  });

  it("tries the reader anew after it could not be read", async () => {
    const folder = temporaryFolder();
    const dist = path.join(folder, "dist");
    cpSync(path.join(builtServer(), "dist"), dist, { recursive: true });
    // As a production install has it, without the package that the reader is of.
    const modules = path.resolve(import.meta.dirname, "../../node_modules");
    mkdirSync(path.join(folder, "node_modules"));
    for (const name of readdirSync(modules).filter((name) => name !== "@redocly")) {
      symlinkSync(path.join(modules, name), path.join(folder, "node_modules", name));
    }
    cpSync(path.resolve(import.meta.dirname, "../../package.json"), path.join(folder, "package.json"));
    const { createApp } = (await import(path.join(dist, "app.js"))) as typeof import("../../src/app.js");
    const app = createApp(loadConfig({ PORT: "0", HOST: "127.0.0.1", HISTORY: "off" }), rememberingLog());
    closeAfter(app, () => app.stop());
    const { port } = await app.start();
    const ask = async () => (await fetch(`http://127.0.0.1:${port}/docs/reader.js`)).status;
    expect(await ask()).toBe(500);
    writeFileSync(path.join(dist, "reader.js"), "// A reader.");
    expect(await ask()).toBe(200);
  });

  it("gives the reader to who takes nothing compressed, and to keep", async () => {
    const server = await startApp();
    const headers = { "accept-encoding": "identity" };
    const plain = await fetch(`${server.url}/docs/reader.js`, { headers });
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(plain.headers.get("cache-control")).toBe("public, max-age=86400");
    expect((await plain.text()).length).toBeGreaterThan(1_000_000);
  });
});

describe("the documents", () => {
  it("tell this server's limits and release, and where it is", async () => {
    const server = await startApp({ MAX_SUBSCRIPTIONS: "7", RATE_LIMIT_MAX: "123" });
    const { release } = JSON.parse((await get(`${server.url}/health`)).text);
    for (const name of ["openapi.json", "asyncapi.json"]) {
      const document = JSON.parse((await get(`${server.url}/${name}`)).text);
      expect(document.info.version).toBe(release);
      expect(document["x-limits"]).toMatchObject({ maxSubscriptions: 7, maxRequestsPerWindow: 123 });
      expect(document.info.description).toContain("| 7 | sports a connection");
    }
    const { servers } = JSON.parse((await get(`${server.url}/asyncapi.json`)).text);
    expect(servers.websocket).toMatchObject({ host: `127.0.0.1:${server.port}`, protocol: "ws" });
  });

  it("say wss to who came by https, through a proxy that is trusted", async () => {
    const server = await startApp({ TRUST_PROXY: "1" });
    const headers = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "odds.example" };
    const { servers } = (await (await fetch(`${server.url}/asyncapi.json`, { headers })).json()) as {
      servers: Record<string, object>;
    };
    expect(servers.socketio).toMatchObject({ host: "odds.example", protocol: "wss" });
  });
});

describe.skipIf(!haveChromium)(inChromium("/docs in a browser"), () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it.each([
    ["/docs", ["Odds", "The board of a sport."], ["X-Odds-Fetched-At", "If-None-Match", "odds_update"]],
    [
      "/docs?of=asyncapi",
      ["Plain WebSocket", "subscribe"],
      ["close code", "1013", "subscription_ack, error"],
    ],
  ])("%s shows its document, asks nobody else, and breaks no policy", async (at, way, words) => {
    const server = await startApp();
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (line) => {
      if (line.type() === "error") complaints.push(line.text());
    });
    await page.goto(server.url + at);
    for (const name of way) await page.locator(".menu-content").getByText(name, { exact: true }).click();
    for (const word of words) await page.getByText(word).first().waitFor();
    // What it would load later: pictures, fonts, and what it tells its maker.
    await page.waitForLoadState("networkidle");
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(`${server.url}/`) && !url.startsWith("data:"))).toEqual([]);
    await page.close();
  });
});
