import { beforeAll } from "vitest";
import { PostgresEngine } from "../../src/history/postgres.js";
import { closeAfter } from "../helpers/closing.js";
import { describeWithPostgres, startPostgres, type TestPostgres } from "../helpers/postgres.js";
import { describeEngine } from "./engine-suite.js";

describeWithPostgres("with a real server", () => {
  let server: Promise<TestPostgres> | undefined;
  beforeAll(async () => {
    server = startPostgres();
    await server;
  });
  describeEngine("PostgreSQL", async () => {
    const url = await (await server)?.database();
    return {
      engine: (source = "simulated:decimal") =>
        closeAfter(new PostgresEngine(url ?? "", true, source), (engine) => engine.close()),
    };
  });
});
