import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { haveChromium, inChromium, launchChromium } from "../helpers/browser.js";
import { builtPage } from "../helpers/built-page.js";
import { browserBundle } from "../helpers/bundle.js";
import { closeAfter, startApp } from "../helpers/start-app.js";

/** This machine's address in a local network, whose pages browsers do not trust as they do those of `localhost`. */
const LOCAL_NETWORK =
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";

/** A page that uses every door, and says what came of it. */
const SCRIPT = `
  import { connectOdds } from "./client-c1.js";
  const tell = (text) => document.body.append(text + ". ");
  connectOdds(location.origin).subscribe("basketball_nba", ({ board }) => {
    if (board) tell("Socket.IO: " + board.odds.length + " games");
  });
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/odds");
  socket.onopen = () => { tell("WebSocket: open"); socket.close(); };
  fetch("/api/odds/sports").then(({ status }) => tell("REST: " + status));
  try { document.querySelector("p").innerHTML = "<b>"; } catch { tell("Markup: refused"); }
  fetch("https://elsewhere.example").catch(() => tell("Elsewhere: refused"));
`;

describe.skipIf(!haveChromium)(inChromium("The page in Chromium, at an address of a local network"), () => {
  it("reaches its server at every door, and nobody else", async () => {
    const { code } = await browserBundle();
    const page = builtPage({
      "index-m1.js": SCRIPT,
      "client-c1.js": code,
      "index-s1.css": "p { color: red }",
    });
    // Of any other page's origin it would be refused.
    const server = await startApp({ HOST: "0.0.0.0", ALLOWED_ORIGINS: "https://app.example.com" }, { page });
    const browser = closeAfter(await launchChromium(), (it) => it.close());
    const tab = await browser.newPage();
    const told: string[] = [];
    const sockets: string[] = [];
    tab.on("pageerror", ({ message }) => told.push(message));
    tab.on("console", (line) => told.push(line.text()));
    tab.on("websocket", (socket) => sockets.push(new URL(socket.url()).pathname));
    await tab.goto(`http://${LOCAL_NETWORK}:${server.port}/`);
    for (const text of [
      "Socket.IO: ",
      "WebSocket: open",
      "REST: 200",
      "Markup: refused",
      "Elsewhere: refused",
    ]) {
      await tab.getByText(text).waitFor();
    }
    expect(sockets.sort()).toEqual(["/odds", "/socket.io/"]);
    const policed = told.filter((text) => /Content Security Policy|TrustedHTML/.test(text));
    expect(told.filter((text) => !policed.includes(text))).toEqual([]);
    expect(policed.length).toBeGreaterThan(0);
    for (const text of policed) expect(text).toMatch(/elsewhere\.example|TrustedHTML/);
    expect(server.log.lines.filter(({ message }) => message.startsWith("Refused"))).toEqual([]);
  });
});
