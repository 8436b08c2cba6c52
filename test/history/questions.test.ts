import { beforeAll, describe } from "vitest";
import { PostgresEngine } from "../../src/history/postgres.js";
import { closeAfter } from "../helpers/closing.js";
import { openSqlite, SOURCE } from "../helpers/kept-boards.js";
import { describeWithPostgres, startPostgres, type TestPostgres } from "../helpers/postgres.js";
import { describeBoardsAt } from "./boards-at-suite.js";
import { describeChanges } from "./changes-suite.js";
import { describeLines } from "./lines-suite.js";

describe("Asked of SQLite:", () => {
  for (const describeAll of [describeBoardsAt, describeChanges, describeLines]) describeAll(openSqlite);
});

describeWithPostgres("Asked of PostgreSQL:", () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  const openPostgres = async () => {
    const engine = closeAfter(new PostgresEngine(await server.database(), true, SOURCE), (it) => it.close());
    await engine.open();
    return engine;
  };
  for (const describeAll of [describeBoardsAt, describeChanges, describeLines]) describeAll(openPostgres);
});
