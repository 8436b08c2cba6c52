import { createRequire } from "node:module";
import type { Page } from "playwright-core";

/** The file of axe-core, for a browser to run before the page's own scripts: the page's policy lets nothing in later. */
export const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const WIDTHS = [1440, 768, 320];
const THEMES = ["light", "dark"] as const;

/** What axe-core gives, as much of it as is told. */
interface Results {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly string[]; readonly html: string }[];
  }[];
}

/**
 * What axe-core finds of the page at three widths in both themes, and whether all of the page fits in: a line for each
 * finding, none for a page that is right. `before` is awaited before each look.
 */
export async function findings(
  tab: Page,
  before: () => Promise<unknown> = async () => {},
): Promise<string[]> {
  const found: string[] = [];
  for (const width of WIDTHS) {
    await tab.setViewportSize({ width, height: 900 });
    for (const theme of THEMES) {
      await tab.emulateMedia({ colorScheme: theme });
      await before();
      const { violations } = await tab.evaluate<Results>(
        "axe.run(document, { resultTypes: ['violations'] })",
      );
      for (const { id, help, nodes } of violations) {
        const where = nodes.map(({ target, html }) => `${target.join(" ")} ${html.slice(0, 120)}`);
        found.push(`${width} ${theme}: ${id} (${help}): ${where.join(" | ")}`);
      }
      const needed = await tab.evaluate<number>("document.documentElement.scrollWidth");
      if (needed > width) found.push(`${width} ${theme}: the page is ${needed} px wide`);
    }
  }
  return found;
}
