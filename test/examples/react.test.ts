import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { haveChromium, inChromium, launchChromium } from "../helpers/browser.js";
import {
  comesTo,
  examples,
  goesThroughTrouble,
  installed,
  LIVE,
  packagesOf,
  serve,
} from "../helpers/example.js";
import { freePort, runProgram } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };
const VITE = "node_modules/vite/bin/vite.js";

it("The example with React asks for the versions that it is tested with", () => {
  const { "live-odds-client": _, ...others } = packagesOf(path.join(examples, "react"));
  expect(packagesOf(path.join(examples, ".."))).toMatchObject(others);
});

describe.skipIf(!haveChromium)(inChromium("The example with React"), () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open(address: string): Promise<Page> {
    const page = closeAfter(await browser.newPage(), (it) => it.close());
    await page.goto(address);
    return page;
  }

  /** The example installed, with the server's address as its `.env` tells Vite. */
  async function exampleFor(url: string): Promise<string> {
    const folder = await installed("react", url);
    writeFileSync(path.join(folder, ".env"), `VITE_ODDS_SERVER=${url}\n`);
    return folder;
  }

  /** Does what `npm run build` does, and serves what comes of it. */
  async function built(url: string): Promise<string> {
    const folder = await exampleFor(url);
    const run = { cwd: folder, env: { PATH: process.env.PATH } };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["node_modules/typescript/bin/tsc"],
      run,
    ).catch((error: { stdout: string }) => error);
    expect(stdout).toBe("");
    await promisify(execFile)(process.execPath, [VITE, "build"], run);
    const site = createServer((request, response) => {
      const file = request.url === "/" ? "/index.html" : (request.url ?? "");
      response.setHeader("content-type", TYPES[path.extname(file)] ?? "text/plain");
      response.end(readFileSync(path.join(folder, "dist", path.normalize(file))));
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    closeAfter(site, () => site.close());
    return `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  }

  /** Serves the source as `npm run dev` does. */
  async function developed(folder: string): Promise<string> {
    const port = await freePort();
    const words = [VITE, "--host", "127.0.0.1", "--port", String(port), "--strictPort"];
    await runProgram(process.execPath, words, { cwd: folder }).line("127.0.0.1");
    return `http://127.0.0.1:${port}/`;
  }

  const shownBy = (page: Page) => () => page.getByRole("status").innerText();

  /** How many connections the server counts. */
  async function connections(url: string): Promise<number> {
    const health = (await (await fetch(`${url}/health`)).json()) as { websocket: number };
    return health.websocket;
  }

  it("shows prices and their age, and says when the server is killed, back, or frozen", {
    timeout: 120_000,
  }, async () => {
    let page: Page | undefined;
    await goesThroughTrouble(
      async (url) => {
        page = await open(await built(url));
        return shownBy(page);
      },
      {
        killed: /stale, \d+ s old No connection to http/,
        frozen: /stale, \d+ s old (SILENT|The server does not)/,
      },
    );
    const cells = await page?.locator("tr").first().locator("td").allInnerTexts();
    expect(cells).toEqual([expect.stringMatching(/ \d+(\.\d+)?$/), expect.stringMatching(/ \d+(\.\d+)?$/)]);
  });

  it("says that its origin is refused, and what to allow", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    await serve(port, { ALLOWED_ORIGINS: "https://odds.example" });
    const site = await built(url);
    const page = await open(site);
    const refused = `This origin may not connect.* Add ${new URL(site).origin} to the server's ALLOWED_ORIGINS`;
    await comesTo(shownBy(page), new RegExp(`no prices yet ${refused}`), 5000);
  });

  it("keeps one connection through twenty edits of its source, each of which is shown", {
    timeout: 120_000,
  }, async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    await serve(port);
    const folder = await exampleFor(url);
    const page = await open(await developed(folder));
    await comesTo(shownBy(page), LIVE, 10_000);
    await page.evaluate("document.title = 'the same page'");
    const file = path.join(folder, "src/App.tsx");
    const source = readFileSync(file, "utf8");
    for (let edit = 1; edit <= 20; edit += 1) {
      // Its own hooks stay, or are others: then React mounts the component anew.
      const more = edit % 2 ? "" : "const [edited] = useState(true); void edited;";
      const edited = source
        .replace("s old`", `s old, edit ${edit}.\``)
        .replace("const { ageMs, stale }", `${more} const { ageMs, stale }`)
        .replace("const [sport, setSport]", `${more} const [sport, setSport]`);
      writeFileSync(file, edited);
      await comesTo(shownBy(page), new RegExp(`live, \\d+ s old, edit ${edit}\\.`), 5000);
    }
    await expect.poll(() => connections(url)).toBe(1);
    expect(await page.title()).toBe("the same page");
  });

  it("leaves no connection behind on fifty visits to another page and back", {
    timeout: 120_000,
  }, async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    // A page that left before it had its WebSocket is missed by a ping only.
    await serve(port, { PING_INTERVAL_MS: "2000", PING_TIMEOUT_MS: "2000" });
    const page = await open(await built(url));
    for (let visit = 0; visit < 50; visit += 1) {
      await comesTo(shownBy(page), LIVE, 5000);
      await page.goto("about:blank");
      await page.goBack();
    }
    await comesTo(shownBy(page), LIVE, 5000);
    await expect.poll(() => connections(url)).toBe(1);
    await page.goto("about:blank");
    await expect.poll(() => connections(url)).toBe(0);
  });
});
