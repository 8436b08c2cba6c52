import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import path from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".html": "text/html",
};

/** Serves a build of the page at a free port of its own, and passes all else on to the server at `url`. */
export async function startPageBeside(
  folder: string,
  url: string,
): Promise<{ url: string; close: () => void }> {
  const { hostname, port } = new URL(url);
  const pass = (asked: IncomingMessage, answer: ServerResponse) => {
    const { url: path, method, headers } = asked;
    const passed = request({ hostname, port, path, method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  };
  const beside = createServer((asked, answer) => {
    const { pathname } = new URL(asked.url ?? "/", url);
    const file =
      pathname === "/" ? "index.html" : pathname.startsWith("/assets/") ? pathname.slice(1) : undefined;
    if (file === undefined) return pass(asked, answer);
    answer.setHeader("content-type", TYPES[path.extname(file)] ?? "application/octet-stream");
    answer.end(readFileSync(path.join(folder, file)));
  });
  beside.on("upgrade", (asked: IncomingMessage, socket: Socket) => {
    const passed = connect(Number(port), hostname, () => {
      const headers = Object.entries(asked.headers).map(([name, value]) => `${name}: ${value}`);
      passed.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
      socket.pipe(passed).pipe(socket);
    });
    for (const end of [socket, passed])
      end
        .on("error", () => {})
        .on("close", () => {
          socket.destroy();
          passed.destroy();
        });
  });
  await new Promise<void>((resolve) => beside.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(beside.address() as AddressInfo).port}`,
    close: () => {
      beside.close();
      beside.closeAllConnections();
    },
  };
}
