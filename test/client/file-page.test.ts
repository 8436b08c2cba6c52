import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { haveChromium, inChromium, launchChromium } from "../helpers/browser.js";
import { browserBundle } from "../helpers/bundle.js";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";

/** A page by itself that asks at every door, and keeps what each one told it first. */
const page = ({ url, wsUrl }: Running, library: string) => `<!doctype html><title>odds</title>
<script type="module">
  const { connectOdds } = await import("data:text/javascript;base64,${Buffer.from(library).toString("base64")}");
  globalThis.told = {};
  const tell = (door, what) => (told[door] ??= what);
  fetch("${url}/api/odds/live").then(
    async (answer) => tell("fetch", (await answer.json()).status), () => tell("fetch", "refused"));
  const socket = new WebSocket("${wsUrl}");
  socket.onopen = () => socket.send('{"type": "subscribe", "sport": "basketball_nba"}');
  socket.onmessage = ({ data }) => JSON.parse(data).type === "odds_update" && tell("websocket", JSON.parse(data).status);
  socket.onclose = () => tell("websocket", "refused");
  for (const transport of ["websocket", "polling"]) {
    const odds = connectOdds("${url}", { transports: [transport], forceNew: true });
    odds.subscribe("basketball_nba", ({ status, board, error }) =>
      (board || error) && tell("socket.io " + transport, board ? status : "refused"));
  }
</script>`;

const DOORS = ["fetch", "websocket", "socket.io websocket", "socket.io polling"];

describe.skipIf(!haveChromium)(inChromium("A page that was opened from a file, in Chromium"), () => {
  let browser: Browser;
  let library: string;
  const folder = mkdtempSync(path.join(tmpdir(), "file-page-"));

  beforeAll(async () => {
    library = (await browserBundle()).code;
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** What each door told the page. */
  async function openedAt(server: Running): Promise<Record<string, string>> {
    const file = path.join(folder, "page.html");
    writeFileSync(file, page(server, library));
    const context = closeAfter(await browser.newContext(), (it) => it.close());
    const tab = await context.newPage();
    await tab.goto(pathToFileURL(file).href);
    const told = () => tab.evaluate<Record<string, string>>("told");
    await expect.poll(async () => Object.keys(await told()).length, { timeout: 10_000 }).toBe(DOORS.length);
    return told();
  }

  it("is served at every door where ALLOWED_ORIGINS holds null", async () => {
    const server = await startApp({ ALLOWED_ORIGINS: "null" });
    expect(await openedAt(server)).toEqual(Object.fromEntries(DOORS.map((door) => [door, "live"])));
  });

  it("is refused at every door where it does not, and the log says once what to set", async () => {
    const server = await startApp();
    expect(await openedAt(server)).toEqual(Object.fromEntries(DOORS.map((door) => [door, "refused"])));
    const lines = server.log.lines.filter(({ message }) => message.startsWith("Refused"));
    expect(lines.map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ origin: "null", fix: expect.stringContaining("`null`") }),
    ]);
  });
});
