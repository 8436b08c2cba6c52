import { readFileSync } from "node:fs";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { haveChromium, inChromium, launchChromium, startSite } from "../helpers/browser.js";
import { closeAfter, startApp } from "../helpers/start-app.js";
import { SECRET, sign } from "../helpers/tokens.js";

const modules = path.resolve(import.meta.dirname, "../../node_modules");
const SOCKET_IO = readFileSync(path.join(modules, "socket.io-client/dist/socket.io.min.js"), "utf8");

/** What a page can do with a token, by what Chromium has and socket.io-client, each until its first board or its refusal. */
const SCRIPT = `
  globalThis.withSocketIo = (url, options) => new Promise((resolve) => {
    const socket = io(url + "/odds", { forceNew: true, reconnection: false, ...options });
    socket.on("connect_error", ({ message, data }) => resolve(data ? data.code : message));
    socket.on("connect", () => socket.emit("subscribe", { sport: "basketball_nba" }));
    socket.on("odds_update", ({ sport }) => { socket.close(); resolve(sport); });
  });
  globalThis.withWebSocket = (url, protocols, first) => new Promise((resolve) => {
    const socket = new WebSocket(url, protocols);
    socket.onopen = () => {
      if (first) socket.send(JSON.stringify({ type: "auth", token: first }));
      socket.send(JSON.stringify({ type: "subscribe", sport: "basketball_nba" }));
    };
    socket.onmessage = ({ data }) => {
      const { type, sport } = JSON.parse(data);
      if (type !== "odds_update") return;
      socket.close();
      resolve(sport + " " + socket.protocol);
    };
    socket.onclose = ({ code }) => resolve(code);
  });
  globalThis.withFetch = (url, token) => fetch(url + "/api/odds/live", {
    headers: token ? { Authorization: "Bearer " + token } : {},
  }).then(({ status }) => status, ({ message }) => message);
`;

describe.skipIf(!haveChromium)(inChromium("A page with a token"), () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function open() {
    const scripts = { "/io.js": SOCKET_IO, "/script.js": SCRIPT };
    const site = await startSite(
      "<!doctype html><script src=/io.js></script><script src=/script.js></script>",
      scripts,
    );
    const server = await startApp({ AUTH_JWT_SECRET: SECRET, ALLOWED_ORIGINS: new URL(site).origin });
    const visit = async (url: string) => {
      const page = closeAfter(await browser.newPage(), (it) => it.close());
      await page.goto(url);
      return (call: string, ...args: unknown[]): Promise<unknown> =>
        page.evaluate(`${call}(${args.map((arg) => JSON.stringify(arg) ?? "undefined").join()})`);
    };
    return { server, site, visit, token: await sign({ sub: "ann" }) };
  }

  it("gets its boards at every door, by each way that a page has to present it", async () => {
    const { server, site, visit, token } = await open();
    const run = await visit(site);
    const { url, wsUrl } = server;
    const extraHeaders = { Authorization: `Bearer ${token}` };
    // fetch and polling ask before whether they may send that header.
    expect(await run("withFetch", url, token)).toBe(200);
    expect(await run("withSocketIo", url, { extraHeaders, transports: ["polling"] })).toBe("basketball_nba");
    expect(await run("withSocketIo", url, { auth: { token } })).toBe("basketball_nba");
    const websocket = { auth: { token }, transports: ["websocket"] };
    expect(await run("withSocketIo", url, websocket)).toBe("basketball_nba");
    expect(await run("withWebSocket", wsUrl, ["live-odds", `bearer.${token}`])).toBe(
      "basketball_nba live-odds",
    );
    expect(await run("withWebSocket", wsUrl, [], token)).toBe("basketball_nba ");
  });

  it("is refused with one that is not valid, or without, and can read why where pages can", async () => {
    const { server, site, visit } = await open();
    const run = await visit(site);
    const { url, wsUrl } = server;
    for (const token of ["a.b.c", undefined]) {
      expect(await run("withFetch", url, token)).toBe(401);
      expect(await run("withSocketIo", url, { auth: { token } })).toBe("UNAUTHORIZED");
      expect(await run("withWebSocket", wsUrl, [], token)).toBe(3000);
    }
    expect(await run("withWebSocket", wsUrl, ["live-odds", "bearer.a.b.c"])).toBe(1006);
  });

  it("reads nothing from an origin that is not allowed, whatever its token", async () => {
    const { server, site, visit, token } = await open();
    const run = await visit(site.replace("127.0.0.1", "localhost"));
    expect(await run("withFetch", server.url, token)).toBe("Failed to fetch");
    expect(await run("withSocketIo", server.url, { auth: { token } })).toBe("xhr poll error");
    expect(await run("withWebSocket", server.wsUrl, ["live-odds", `bearer.${token}`])).toBe(1006);
  });
});
