import { expect, it } from "vitest";
import { serve } from "../helpers/example.js";
import { describePage, looks, prices, railSays, warning } from "../helpers/page.js";
import { freePort } from "../helpers/process.js";

describePage("The page of a server that is killed", (open) => {
  it("says so at once, has no price look reliable, and goes on by itself when the server is back", async () => {
    const port = await freePort();
    const server = await serve(port);
    const tab = await open(`http://127.0.0.1:${port}/?sport=basketball_nba`);
    await railSays(tab, "live");
    await prices(tab).first().waitFor();
    const before = await looks(tab);
    expect(before.reliable).toBe(before.shown);
    expect(before.best).toBeGreaterThan(0);
    expect(await warning(tab)).toBe("");

    const killed = performance.now();
    server.child.kill("SIGKILL");
    await railSays(tab, "stale");
    // Nobody has to wait for a time to run out; three times what it may take.
    expect(performance.now() - killed).toBeLessThan(3 * 2000);
    expect(await looks(tab)).toMatchObject({ reliable: 0, best: 0 });
    expect(await warning(tab)).toMatch(/Do not rely on these prices\. .+/);
    const rail = () => tab.locator(".rail").innerText();
    expect(await rail()).toMatch(/STALE\s+The server does not answer\.[\s\S]*connecting/);
    await expect.poll(async () => Number(/Age\s+(\d+) s/.exec(await rail())?.[1])).toBeGreaterThan(1);

    const back = performance.now();
    await serve(port);
    await railSays(tab, "live");
    expect(performance.now() - back).toBeLessThan(3 * 5000);
    const after = await looks(tab);
    expect(after.shown).toBeGreaterThan(0);
    expect(after.reliable).toBe(after.shown);
    expect(after.best).toBeGreaterThan(0);
    expect(await warning(tab)).toBe("");
  });
});
