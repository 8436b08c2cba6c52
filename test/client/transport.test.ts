import { connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { connectOdds, type OddsOptions } from "../../src/client/index.js";
import { eventually } from "../helpers/eventually.js";
import { closeAfter, type Running, startApp } from "../helpers/start-app.js";

/** A way to a server that holds up each WebSocket until `open` is called. */
async function narrowWay(server: Running): Promise<{ url: string; open(): void }> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const proxy = createServer((near) => {
    const far = connect(server.port, "127.0.0.1");
    near.once("data", async (first) => {
      near.pause();
      if (/^upgrade: websocket/im.test(first.toString("latin1"))) await opened;
      far.write(first);
      near.pipe(far);
    });
    far.pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => {});
      one.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  closeAfter(proxy, () => proxy.close());
  const { port } = proxy.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, open };
}

/** A client, with all that the listener of its connection was told. */
function follow(url: string, options: OddsOptions = {}) {
  const odds = closeAfter(
    connectOdds(url, { reconnectionDelay: 20, reconnectionDelayMax: 50, ...options }),
    (it) => it.close(),
  );
  const told: string[] = [];
  odds.onConnection((state, _trouble, transport) => {
    told.push(`${state} ${transport}`);
    expect(`${odds.state} ${odds.transport}`).toBe(told.at(-1));
  });
  return { odds, told };
}

describe("What the connection speaks over", () => {
  it("is nothing at first, then polling, and WebSocket once one is through", async () => {
    const way = await narrowWay(await startApp());
    const { odds, told } = follow(way.url);
    expect(odds.transport).toBe(null);
    let updates = 0;
    odds.subscribe("basketball_nba", ({ board }) => {
      if (board) updates += 1;
    });
    await eventually(() => updates).toBeGreaterThan(3);
    expect(told).toEqual(["connected polling"]);
    way.open();
    await eventually(() => told).toEqual(["connected polling", "connected websocket"]);
  });

  it("is WebSocket from the start where it is told so", async () => {
    const { odds, told } = follow((await startApp()).url, { transports: ["websocket"] });
    await eventually(() => odds.state).toBe("connected");
    expect(told).toEqual(["connected websocket"]);
  });

  it("is nothing while there is no connection, and told anew with the next", async () => {
    const server = await startApp();
    const { odds, told } = follow(server.url);
    await eventually(() => odds.transport).toBe("websocket");
    await server.stop();
    await eventually(() => odds.transport).toBe(null);
    await startApp({ PORT: String(server.port) });
    await eventually(() => odds.transport).toBe("websocket");
    expect(new Set(told.filter((it) => !it.startsWith("connected")))).toEqual(new Set(["connecting null"]));
  });

  it("is nothing after close(), though its WebSocket is through a moment later", async () => {
    const server = await startApp();
    const way = await narrowWay(server);
    const { odds, told } = follow(way.url);
    await eventually(() => odds.transport).toBe("polling");
    const { socket } = odds as unknown as {
      socket: { io: { engine: { once(event: "upgrading" | "upgrade", listener: () => void): void } } };
    };
    const upgraded = new Promise<void>((resolve) => {
      socket.io.engine.once("upgrading", () => odds.close());
      socket.io.engine.once("upgrade", resolve);
    });
    way.open();
    await upgraded;
    expect(odds.transport).toBe(null);
    expect(told).toEqual(["connected polling", "closed null"]);
  });
});
