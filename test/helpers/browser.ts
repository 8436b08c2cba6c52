import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { closeAfter } from "./start-app.js";

const CHROMIUM = "/usr/bin/chromium";

/** Whether there is a browser to test with; in CI there must be. */
export const haveChromium = existsSync(CHROMIUM) || process.env.CI !== undefined;

/** A test's name, which says so where it is skipped for want of a browser. */
export const inChromium = (name: string): string =>
  haveChromium ? name : `${name} (skipped: there is no ${CHROMIUM} here; apt-get install chromium)`;

/** Starts Chromium; it is the caller's to close. */
export function launchChromium(): Promise<Browser> {
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update"];
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync", ...quiet],
  });
}

/** Serves scripts by their paths, and one page at every other, at a free port; closed after the test. */
export async function startSite(page: string, scripts: Record<string, string>): Promise<string> {
  const site = createServer((request, response) => {
    const script = scripts[request.url ?? ""];
    response.setHeader("content-type", script === undefined ? "text/html; charset=utf-8" : "text/javascript");
    response.end(script ?? page);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  closeAfter(site, () => site.close());
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
}
