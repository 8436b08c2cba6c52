import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { UpstreamCalls } from "../../src/sources/upstream-calls.js";
import { startFakeOddsApi, TEST_KEY } from "../helpers/fake-odds-api.js";
import { closeAfter } from "../helpers/start-app.js";

/** What a call to an address may have cost, in credits. */
function chargeAt(url: string) {
  const upstream = closeAfter(
    new UpstreamCalls({ ODDS_API_BASE_URL: url, key: TEST_KEY, timeoutMs: 300 }),
    (calls) => calls.close(),
  );
  return upstream.get("/v4/sports/basketball_nba/odds", {}, 3).then(
    () => "an answer",
    (error) => error.bill.charged,
  );
}

/** A server that takes connections, and does this with them. */
async function takes(take: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    take(socket);
  });
  closeAfter(server.listen(0, "127.0.0.1"), () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

it("A call costs nothing where the time was over before there was a connection", async () => {
  expect(await chargeAt(`https://127.0.0.1:${await takes(() => {})}`)).toBe(0);
});

it("A call costs nothing where the upstream cannot be spoken to securely", async () => {
  const port = await takes((socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 No\r\n\r\n")));
  expect(await chargeAt(`https://127.0.0.1:${port}`)).toBe(0);
  const cut = await takes((socket) => void socket.once("data", () => socket.resetAndDestroy()));
  expect(await chargeAt(`https://127.0.0.1:${cut}`)).toBe(0);
});

it("A call costs nothing where the upstream's name or port is nobody's", async () => {
  expect(await chargeAt("http://nobody.invalid")).toBe(0);
  expect(await chargeAt("http://127.0.0.1:1")).toBe(0);
});

it("A call may have cost its price where the upstream took it and says nothing, also on a connection that was there", async () => {
  expect(await chargeAt(`http://127.0.0.1:${await takes(() => {})}`)).toBe(3);
  const api = closeAfter(await startFakeOddsApi(), (fake) => fake.close());
  const upstream = closeAfter(
    new UpstreamCalls({ ODDS_API_BASE_URL: api.url, key: TEST_KEY, timeoutMs: 300 }),
    (calls) => calls.close(),
  );
  await upstream.get("/v4/sports", {});
  api.board = (request) => request.socket.destroy();
  const call = upstream.get("/v4/sports/basketball_nba/odds", {}, 3);
  await expect(call).rejects.toMatchObject({ bill: { charged: 3 } });
  expect(api.reads).toHaveLength(1);
});
