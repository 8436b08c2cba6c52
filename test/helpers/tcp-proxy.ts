import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { closeAfter } from "./start-app.js";

/** A wire that can be cut: a local TCP proxy. */
export interface TcpProxy {
  readonly port: number;
  /** `pass`: as if it were not there. `drop`: connections stay, but nothing goes through. */
  mode: "pass" | "drop";
  /** Ends all that goes through; what comes next goes through again. */
  sever(): void;
  /** Ends all that goes through, and lets nobody in any more. */
  cut(): void;
}

/** Starts a proxy on a free port to a port of this machine, on which all takes `delayMs`; closed after the test. */
export async function startTcpProxy(to: number, delayMs = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const sever = () => {
    for (const socket of sockets) socket.destroy();
  };
  const cut = () => {
    sever();
    server.close();
  };
  const later = (pass: () => void) => {
    if (delayMs === 0) pass();
    else setTimeout(pass, delayMs);
  };
  const proxy: TcpProxy & { port: number } = { port: 0, mode: "pass", sever, cut };
  const server: Server = createServer((near) => {
    const far = connect({ port: to, host: "127.0.0.1" });
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (proxy.mode === "pass") later(() => into.write(chunk));
      });
      from.on("error", () => into.destroy());
      from.on("close", () => {
        sockets.delete(from);
        later(() => into.destroy());
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy.port = (server.address() as AddressInfo).port;
  return closeAfter(proxy, cut);
}
