import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import { startFakeOddsApi } from "../helpers/fake-odds-api.js";
import { eventually, startMate } from "../helpers/fleet.js";
import { freePort, startProcess, temporaryFolder } from "../helpers/process.js";
import { describeWithRedis, startRedis } from "../helpers/redis.js";
import { closeAfter } from "../helpers/start-app.js";

const PASSWORD = "p@ss/word 1";

describeWithRedis("A Redis that refuses a process", () => {
  it("for its password is named in the log, without the password", async () => {
    const redis = await startRedis(["--requirepass", "another"]);
    const process = startProcess({
      PORT: "0",
      HOST: "127.0.0.1",
      REDIS_URL: `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${redis.port}`,
    });
    const line = await process.line("check the user and password in REDIS_URL");
    expect(JSON.parse(line)).toMatchObject({ level: "error" });
    // It lives, says that it is not ready, and answers its probe.
    const port = await process.listening();
    await eventually(
      async () => (await fetch(`http://127.0.0.1:${port}/health`)).status === 200 || undefined,
    );
    expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(503);
    expect(process.lines.join("\n")).not.toContain(PASSWORD);
    expect(process.lines.join("\n")).not.toContain(encodeURIComponent(PASSWORD));
  });

  it("by a certificate of its own is named with the remedy, and the remedy works", {
    timeout: 60_000,
  }, async () => {
    const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
    const folder = temporaryFolder();
    const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => path.join(folder, name)) as [
      string,
      string,
    ];
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=redis"],
        ...["-keyout", key, "-out", certificate],
      ],
      { stdio: "ignore" },
    );
    const tlsPort = await freePort();
    await startRedis([
      ...["--tls-port", String(tlsPort), "--tls-cert-file", certificate, "--tls-key-file", key],
      ...["--tls-auth-clients", "no"],
    ]);
    const url = `rediss://127.0.0.1:${tlsPort}`;
    const refused = startProcess({ PORT: "0", HOST: "127.0.0.1", REDIS_URL: url });
    expect(await refused.line("REDIS_TLS_VERIFY=false")).toContain('"level":"error"');
    // Resolves once it is in touch with the others.
    await startMate(api, url, { REDIS_TLS_VERIFY: "false" });
  });
});
