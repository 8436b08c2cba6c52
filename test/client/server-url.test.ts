import { afterEach, describe, expect, it, vi } from "vitest";
import { connectOdds } from "../../src/client/index.js";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { closeAfter, startAppOn } from "../helpers/start-app.js";

afterEach(() => void vi.unstubAllGlobals());

describe("The address given to connectOdds", () => {
  it.each([
    ["an origin", (url: string) => url],
    ["an origin with a slash", (url: string) => `${url}/`],
    ["the namespace", (url: string) => `${url}/odds`],
    ["the namespace with a slash", (url: string) => `${url}/odds/`],
    ["the plain WebSocket's", (url: string) => `${url.replace("http:", "ws:")}/odds`],
  ])("may be %s", async (_, of) => {
    const api = closeAfter(await startFakeOddsApi(), (it) => it.close());
    const server = await startAppOn(api);
    const odds = closeAfter(connectOdds(of(server.url)), (it) => it.close());
    await new Promise<void>((resolve) =>
      odds.subscribe("basketball_nba", ({ board }) => {
        if (board) resolve();
      }),
    );
  });

  it("may be left out in a page of the same origin", () => {
    vi.stubGlobal("location", { origin: "http://localhost:1" });
    for (const url of ["", "/", "/odds"]) connectOdds(url, { reconnection: false }).close();
  });

  it.each([
    ["http://localhost:3001/api", "path /api"],
    ["http://localhost:3001/odds/live", "path /odds/live"],
    ["http://localhost:3001/odds?sport=basketball_nba", "query"],
    ["http://localhost:3001/#live", "fragment"],
    ["https://me:s3cret@localhost:3001", "user name or password"],
    ["localhost:3001", "begin with http:// or https://"],
    ["ftp://localhost:3001", "begin with http:// or https://"],
    ["127.0.0.1:3001", "begin with http:// or https://"],
    ["", "begin with http:// or https://"],
  ])("is refused with the reason when it is %j", (url, reason) => {
    const attempt = () => closeAfter(connectOdds(url), (it) => it.close());
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(reason);
    expect(attempt).not.toThrow("s3cret");
  });
});
