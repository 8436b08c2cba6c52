import { expect, it } from "vitest";
import { describePage, railSays, startWithPage } from "../helpers/page.js";

describePage("An event of a server that keeps no history", (open) => {
  it("is shown from when it was opened, says so, and asks for none", async () => {
    const server = await startWithPage();
    const tab = await open(`${server.url}/?sport=basketball_nba`);
    const asked: string[] = [];
    tab.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await railSays(tab, "live");
    await tab.locator(".event a").first().click();

    await tab.getByText("This server keeps no history").waitFor();
    await tab.getByRole("slider").locator("canvas").waitFor();
    expect(await tab.getByRole("checkbox", { name: "highlight its line" }).count()).toBeGreaterThan(1);
    expect(asked.filter((path) => path.includes("history"))).toEqual([]);
  });
});
