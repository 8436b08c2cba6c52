import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { closeAfter } from "./start-app.js";

/** A key server that a test has answer; it counts how often it was asked. */
export async function startKeyServer(answer: RequestListener) {
  const fake = {
    url: "",
    asked: 0,
    answer,
    /** Lists these keys. */
    list(...keys: object[]) {
      fake.answer = (_request, response) => response.end(JSON.stringify({ keys }));
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    fake.asked += 1;
    fake.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closeAfter(server, () => {
    server.closeAllConnections();
    server.close();
  });
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  return fake;
}
