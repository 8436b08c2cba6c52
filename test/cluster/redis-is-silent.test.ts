import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { RedisLink } from "../../src/cluster/redis-link.js";
import { eventually } from "../helpers/fleet.js";
import { closeAfter, rememberingLog } from "../helpers/start-app.js";

it("A Redis that takes connections and says nothing is told of once for each, however often they are replaced", {
  timeout: 60_000,
}, async () => {
  const sockets = new Set<Socket>();
  const mute = closeAfter(createServer(), (server) => server.close());
  closeAfter(sockets, () => {
    for (const socket of sockets) socket.destroy();
  });
  mute.on("connection", (socket) => sockets.add(socket.on("error", () => {}).resume()));
  mute.listen(0, "127.0.0.1");
  await once(mute, "listening");
  const log = rememberingLog();
  const link = new RedisLink(`redis://127.0.0.1:${(mute.address() as AddressInfo).port}`, true, log);
  closeAfter(link, (it) => it.close());
  await link.open(
    "channel",
    () => {},
    () => {},
  );
  const silent = (level: string) =>
    log.lines.filter((line) => line.level === level && line.message.includes("is silent")).length;
  await eventually(() => {
    link.check();
    return silent("warn") + silent("debug") >= 4 || undefined;
  });
  expect([silent("warn"), silent("debug")]).toEqual([2, 2]);
});
