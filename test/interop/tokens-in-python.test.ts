import { expect, it } from "vitest";
import { jsonFromPython } from "../helpers/python.js";
import { startApp } from "../helpers/start-app.js";
import { SECRET, sign } from "../helpers/tokens.js";

it("A client in Python presents its token in the header or as a subprotocol (websockets)", async (context) => {
  const server = await startApp({ AUTH_JWT_SECRET: SECRET });
  const present = (token: string) =>
    jsonFromPython(context, "websockets", "plain_tokens.py", server.wsUrl, token);
  const types = ["auth_ack", "subscription_ack", "odds_update"];
  expect(await present(await sign({ sub: "ann" }))).toEqual([
    { subprotocol: null, types },
    { subprotocol: "live-odds", types },
  ]);
  expect(await present("a.b.c")).toEqual([{ refused: 401 }, { refused: 401 }]);
});
