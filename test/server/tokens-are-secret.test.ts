import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { socketIoClient, wsClient } from "../helpers/clients.js";
import { startProcess, temporaryFolder } from "../helpers/process.js";
import { inSeconds, SECRET, sign, unsigned } from "../helpers/tokens.js";

const program = path.resolve(import.meta.dirname, "../../deploy/token.mjs");

/** What `npm run token` prints with these arguments. */
function printed(args: readonly string[], env: Record<string, string>) {
  return spawnSync(process.execPath, [program, ...args], {
    cwd: temporaryFolder(),
    env: { PATH: process.env.PATH, ...env },
    encoding: "utf8",
  });
}

describe("npm run token", () => {
  it("makes tokens that this server takes, and none without a secret", () => {
    const { stdout } = printed(["--sub", "me", "--sports", "a,b", "--hours", "1"], {
      AUTH_JWT_SECRET: SECRET,
    });
    const claims = JSON.parse(Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ sub: "me", sports: ["a", "b"], exp: claims.iat + 3600 });
    expect(printed([], {})).toMatchObject({
      status: 64,
      stdout: "",
      stderr: expect.stringContaining("AUTH_JWT"),
    });
    expect(printed(["--sup", "me"], { AUTH_JWT_SECRET: SECRET })).toMatchObject({ status: 64, stdout: "" });
  });
});

describe("Tokens and their secret", () => {
  it("are in no line of a process' log, however they come", async () => {
    const logDir = temporaryFolder();
    const env = { AUTH_JWT_SECRET: SECRET, AUTH_JWT_AUDIENCE: "odds" };
    const server = startProcess({
      ...env,
      PORT: "0",
      HOST: "127.0.0.1",
      LOG_LEVEL: "debug",
      LOG_DIR: logDir,
    });
    const port = await server.listening();
    const place = { port, url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}/odds` };
    const good = printed(["--sub", "me"], env).stdout.trim();
    const tokens = [
      good,
      await sign({ aud: "shop" }),
      await sign({ aud: "odds", exp: inSeconds(-60) }),
      unsigned({ alg: "none" }, { exp: inSeconds(60) }, "c2lnbmF0dXJl"),
    ];
    const ignore = () => {};
    for (const token of tokens) {
      const headers = { Authorization: `Bearer ${token}` };
      await fetch(`${place.url}/api/odds/live?sport=${token}`);
      await fetch(`${place.url}/api/odds/live`, { headers });
      await fetch(`${place.url}/${token}`, { headers });
      await socketIoClient(place, { auth: { token } }).catch(ignore);
      await socketIoClient(place, { extraHeaders: headers, query: { token } }).catch(ignore);
      await wsClient(place, { headers }).catch(ignore);
      const client = await wsClient(place);
      client.say({ type: "auth", token });
      client.say({ type: "subscribe", sport: token });
      await Promise.race([client.closed, client.inbox.first("auth_ack")]);
    }
    await server.line('"sub":"me"');
    server.child.kill("SIGTERM");
    const { stderr } = await server.ended;
    const files = readdirSync(logDir).map((file) => readFileSync(path.join(logDir, file), "utf8"));
    const all = [...server.lines, stderr, ...files].join("\n");
    expect(all).toContain("Refused: ");
    expect(all).not.toContain(SECRET);
    // The header's part is not told apart from another's.
    for (const part of tokens.flatMap((token) => token.split(".").slice(1))) expect(all).not.toContain(part);
  });
});
