import path from "node:path";
import { SqliteEngine } from "../../src/history/sqlite.js";
import { closeAfter } from "../helpers/closing.js";
import { temporaryFolder } from "../helpers/process.js";
import { describeEngine } from "./engine-suite.js";

describeEngine("SQLite", async () => {
  const file = path.join(temporaryFolder(), "data", "history.db");
  return {
    engine: (source = "simulated:decimal") =>
      closeAfter(new SqliteEngine(file, source), (engine) => engine.close()),
  };
});
