import path from "node:path";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describePage, prices, startWithPage } from "../helpers/page.js";

const NOTE = path.resolve(import.meta.dirname, "../helpers/first-theme.js");

/** All colours that the page's style sheet names. */
const colours = (tab: Page) =>
  tab.evaluate<Record<string, string>>(`(() => {
    const style = getComputedStyle(document.documentElement);
    const named = [...document.styleSheets].flatMap(({ cssRules }) => [...cssRules])
      .filter(({ selectorText }) => selectorText === ":root")
      .flatMap(({ style }) => [...style]).filter((name) => /^--(?!lightningcss)/.test(name));
    return Object.fromEntries(["color-scheme", ...named].map((name) => [name, style.getPropertyValue(name)]));
  })()`);

describePage("The theme", (open) => {
  it("is the system's, until one is chosen, which looks the same and stays", async () => {
    const server = await startWithPage();
    const tab = await open(`${server.url}/`, { first: NOTE });
    await prices(tab).first().waitFor();
    const light = await colours(tab);
    await tab.emulateMedia({ colorScheme: "dark" });
    const dark = await colours(tab);
    expect(Object.keys(dark).length).toBeGreaterThan(10);
    expect(Object.keys(dark).filter((name) => dark[name] === light[name])).toEqual([]);
    await tab.getByLabel("Theme").selectOption("light");
    expect(await colours(tab)).toEqual(light);
    await tab.emulateMedia({ colorScheme: "light" });
    await tab.getByLabel("Theme").selectOption("dark");
    expect(await colours(tab)).toEqual(dark);
    await tab.reload();
    await prices(tab).first().waitFor();
    expect(await colours(tab)).toEqual(dark);
    // Nobody who likes it dark is dazzled first.
    expect(await tab.evaluate("firstTheme")).toBe("dark");
  });
});
