import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { haveChromium, inChromium, launchChromium, startSite } from "../helpers/browser.js";
import { browserBundle } from "../helpers/bundle.js";
import { eventually } from "../helpers/eventually.js";
import { freePort } from "../helpers/process.js";
import { closeAfter, startApp } from "../helpers/start-app.js";

const page = (url: string) => `<!doctype html><title>odds</title><script type="module">
  import { connectOdds } from "/client.js";
  const odds = connectOdds("${url}", { reconnectionDelay: 20, reconnectionDelayMax: 50 });
  odds.subscribe("basketball_nba", (state) => { globalThis.state = state; });
</script>`;

describe.skipIf(!haveChromium)(inChromium("A page in Chromium"), () => {
  let browser: Browser;
  let bundle: string;
  beforeAll(async () => {
    bundle = (await browserBundle()).code;
    browser = await launchChromium();
  }, 60_000);
  afterAll(() => browser?.close());

  async function open(url: string) {
    const site = await startSite(page(url), { "/client.js": bundle });
    const context = closeAfter(await browser.newContext(), (it) => it.close());
    const tab = await context.newPage();
    await tab.goto(site);
    return { site: new URL(site).origin, read: (what: string) => tab.evaluate(`globalThis.state?.${what}`) };
  }

  it("whose origin is refused is told so, and what to do; and it is over when it is allowed", async () => {
    const port = String(await freePort());
    const server = await startApp({ PORT: port, ALLOWED_ORIGINS: "https://play.rosebud.ai" });
    const { site, read } = await open(server.url);
    await eventually(() => read("error?.code")).toBe("UNAUTHORIZED");
    expect(await read("error.message")).toMatch(/^This origin may not connect/);
    expect(await read("error.hint")).toBe(`Add ${site} to the server's ALLOWED_ORIGINS, and restart it.`);
    await server.stop();
    await startApp({ PORT: port, ALLOWED_ORIGINS: site });
    await eventually(() => read("status")).toBe("live");
    expect(await read("error")).toBe(null);
  });

  it("whose server is away is told that, and where to look", async () => {
    const { read } = await open(`http://127.0.0.1:${await freePort()}`);
    await eventually(() => read("error?.code")).toBe("NO_ANSWER");
    expect(await read("error.hint")).toContain("ALLOWED_ORIGINS");
    expect(await read("reason")).toBe("NO_ANSWER");
  });
});
