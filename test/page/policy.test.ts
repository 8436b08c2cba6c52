import path from "node:path";
import { expect, it } from "vitest";
import { describePage, prices, railSays, startWithPage } from "../helpers/page.js";
import { temporaryFolder } from "../helpers/process.js";

describePage("A walk through all views", (open) => {
  it("asks nobody but the server for anything, and breaks nothing and no rule of the page's policy", async () => {
    const server = await startWithPage({
      HISTORY: "on",
      HISTORY_PATH: path.join(temporaryFolder(), "history.db"),
    });
    const tab = await open("about:blank");
    const asked: string[] = [];
    const said: string[] = [];
    tab.on("request", (request) => asked.push(request.url()));
    tab.on("websocket", (socket) => asked.push(socket.url()));
    tab.on("console", (line) => said.push(line.text()));
    tab.on("pageerror", ({ message }) => said.push(message));

    await tab.goto(`${server.url}/`);
    await prices(tab).first().waitFor();
    for (const market of ["Spread", "Total", "Moneyline"]) {
      await tab.getByRole("radio", { name: market }).check();
      await prices(tab).first().waitFor();
    }
    await prices(tab).first().hover();
    await tab.locator("summary").click();
    await tab.getByRole("button", { name: "None", exact: true }).click();
    await tab.getByRole("button", { name: "All", exact: true }).click();
    await tab.getByLabel("Theme").selectOption("dark");
    await tab.locator(".event a").first().click();
    await tab.locator(".plot").hover();
    await tab.locator(".prices tbody tr").first().waitFor();
    await tab.getByRole("button", { name: "Last hour" }).click();
    await tab.getByRole("link", { name: "Server" }).click();
    await tab.getByRole("heading", { name: "The server" }).waitFor();
    await tab.getByRole("button", { name: "Look again" }).click();
    await tab.waitForLoadState("networkidle");
    await tab.getByRole("link", { name: "Board" }).click();
    await tab.getByLabel("Sport").selectOption("golf_masters_tournament_winner");
    await railSays(tab, "live");
    await prices(tab).first().waitFor();

    expect(said).toEqual([]);
    expect(asked.length).toBeGreaterThan(5);
    const { host } = new URL(server.url);
    expect(asked.filter((url) => new URL(url).host !== host)).toEqual([]);
  });
});
