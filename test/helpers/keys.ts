import type { Page } from "playwright-core";

/** More presses of Tab than any page has controls. */
const MOST = 80;

/** What has the focus: its name or its words; empty where nothing has it. */
export const focused = (tab: Page): Promise<string> =>
  tab.evaluate(`(() => {
    const { activeElement: at, body } = document;
    if (!at || at === body) return "";
    const label = at.labels?.[0]?.innerText;
    return (at.getAttribute("aria-label") ?? label ?? at.innerText ?? "").trim().replace(/\\s+/g, " ");
  })()`);

/** Whether what has the focus can be told by its outline, or by that of what stands for it. */
export const focusIsSeen = (tab: Page): Promise<boolean> =>
  tab.evaluate(`(() => {
    const { activeElement: at } = document;
    return [at, at.nextElementSibling].some((shown) => {
      if (!shown) return false;
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      const { width, height } = shown.getBoundingClientRect();
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && width > 1 && height > 1;
    });
  })()`);

/** Presses Tab until what has the focus matches the selector. */
export async function tabTo(tab: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < MOST; presses += 1) {
    await tab.keyboard.press("Tab");
    if (await tab.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
  }
  throw new Error(`Tab never comes to ${selector}`);
}

/** Presses Tab from the beginning of the page to its end: what has the focus on the way, and which of it cannot be seen to. */
export async function walk(tab: Page): Promise<{ reached: string[]; unseen: string[] }> {
  const reached: string[] = [];
  const unseen: string[] = [];
  while ((await focused(tab)) !== "") await tab.keyboard.press("Tab");
  for (let presses = 0; presses < MOST; presses += 1) {
    await tab.keyboard.press("Tab");
    const name = await focused(tab);
    if (name === "") return { reached, unseen };
    reached.push(name);
    if (!(await focusIsSeen(tab))) unseen.push(name);
  }
  throw new Error(`Tab never leaves the page: ${reached.join(", ")}`);
}
