import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { haveChromium, inChromium, launchChromium, startSite } from "../helpers/browser.js";
import { comesTo, examples, goesThroughTrouble, LIVE, serve } from "../helpers/example.js";
import { freePort, temporaryFolder } from "../helpers/process.js";
import { closeAfter } from "../helpers/start-app.js";

describe.skipIf(!haveChromium)(inChromium("The example in one HTML file"), () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  const example = readFileSync(path.join(examples, "html/index.html"), "utf8");
  const forServer = (url: string) => example.replace("http://localhost:3001", url);

  async function open(address: string): Promise<Page> {
    const context = closeAfter(await browser.newContext(), (it) => it.close());
    const page = await context.newPage();
    await page.goto(address);
    return page;
  }
  /** What the page says above its table. */
  const shownBy = (page: Page) => async () =>
    (
      await page
        .locator("p")
        .allInnerTexts()
        .catch(() => [])
    )
      .join(" ")
      .trim();

  it("shows prices and their age, and says when the server is killed, back, or frozen", {
    timeout: 120_000,
  }, async () => {
    let page: Page | undefined;
    await goesThroughTrouble(
      async (url) => {
        page = await open(await startSite(forServer(url), {}));
        return shownBy(page);
      },
      {
        killed: /stale \d+ s old No connection to http/,
        frozen: /stale \d+ s old (SILENT|The server does not)/,
      },
    );
    const cells = await page?.locator("tbody tr").first().locator("td").allInnerTexts();
    expect(cells?.[1]).toMatch(/^[A-Z].+ \d+(\.\d+)? \(.+\)$/);
    expect(cells?.[3]).toMatch(/^[A-Z].+ \d+(\.\d+)? \(.+\)$/);
  });

  it("opened as a file, says that its origin is refused and what to allow, and shows prices when it is", async () => {
    const port = await freePort();
    const refusing = await serve(port);
    const file = path.join(temporaryFolder(), "index.html");
    writeFileSync(file, forServer(`http://127.0.0.1:${port}`));
    const page = await open(pathToFileURL(file).href);
    const refused = /no prices yet This origin may not connect.* Add null to the server's ALLOWED_ORIGINS/;
    await comesTo(shownBy(page), refused, 5000);
    refusing.child.kill("SIGKILL");
    await refusing.ended;
    await serve(port, { ALLOWED_ORIGINS: "null" });
    await comesTo(shownBy(page), LIVE, 10_000);
  });

  it("opened before there is a server, says so, and shows prices when there is", async () => {
    const port = await freePort();
    const page = await open(await startSite(forServer(`http://127.0.0.1:${port}`), {}));
    await comesTo(shownBy(page), /No server at http.*: start it there/, 5000);
    await serve(port);
    await comesTo(shownBy(page), LIVE, 5000);
  });
});
