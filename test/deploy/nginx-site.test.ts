import { once } from "node:events";
import { createServer, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { describeWithNginx, startNginx } from "../helpers/nginx.js";
import { closeAfter, startApp } from "../helpers/start-app.js";

const PROCESSES = 4;
/** Addresses of one network of 256, all of them this machine's. */
const ADDRESSES = Array.from({ length: 200 }, (_, i) => `127.0.0.${i + 2}`);

/** nginx in front of four that answer with their port. */
async function start() {
  const ports = await Promise.all(
    Array.from({ length: PROCESSES }, async () => {
      const server = closeAfter(createServer(), (open) => open.close());
      server.on("request", (_request, response) =>
        response.end(String((server.address() as AddressInfo).port)),
      );
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    }),
  );
  return startNginx(ports, { sticky: true });
}

/** Asks from an address of this machine. */
async function ask(url: string, localAddress: string) {
  const outgoing = request(url, { localAddress, agent: false }).end();
  const [incoming] = await once(outgoing, "response");
  let body = "";
  for await (const chunk of incoming) body += String(chunk);
  return { status: Number(incoming.statusCode), body };
}

describeWithNginx("The site of nginx", () => {
  it("spreads one network's clients over all processes, and keeps each with its own", async () => {
    const nginx = await start();
    const round = () =>
      Promise.all(ADDRESSES.map(async (address) => (await ask(`${nginx.url}/health`, address)).body));
    const first = await round();
    expect(await round()).toEqual(first);
    const counts = new Map<string, number>();
    for (const port of first) counts.set(port, (counts.get(port) ?? 0) + 1);
    expect(counts.size).toBe(PROCESSES);
    for (const count of counts.values()) expect(count).toBeGreaterThan(ADDRESSES.length / PROCESSES / 3);
  });

  it("tells the server where a browser found it, so that its own page may come in", async () => {
    const server = await startApp({ ALLOWED_ORIGINS: "https://app.example.com", TRUST_PROXY: "1" });
    const nginx = await startNginx([server.port], { sticky: true });
    const socket = new WebSocket(nginx.wsUrl, { headers: { origin: nginx.url } });
    closeAfter(socket, () => socket.terminate());
    await once(socket, "open");
    const bare = connect(nginx.port, "127.0.0.1", () => bare.write("GET /ready HTTP/1.0\r\n\r\n"));
    closeAfter(bare, () => bare.destroy());
    const [answer] = await once(bare, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("shows processes and the account to this machine only, however they are asked for", async () => {
    const nginx = await start();
    for (const at of [
      "/api/cluster",
      "/API/Cluster/",
      "//api//cluster",
      "/api/%63luster",
      "/api/odds/credits",
    ]) {
      expect((await ask(nginx.url + at, "127.0.0.2")).status, at).toBe(403);
      expect((await ask(nginx.url + at, "127.0.0.1")).status, at).toBe(200);
    }
    expect((await ask(`${nginx.url}/api/odds/live`, "127.0.0.2")).status).toBe(200);
  });
});
