import { LogFile } from "../../src/log-file.js";

/* A process that writes LINES numbered lines, named by NAME, into FILE, beside others that do: test/log-file.test.ts. */
const { FILE = "", NAME = "", LINES = "0", MAX_BYTES = "0", FILES = "0" } = process.env;
const log = new LogFile(
  FILE,
  { maxBytes: Number(MAX_BYTES), files: Number(FILES) },
  {
    failed: (error) => {
      throw error;
    },
    recovered: () => {},
  },
);
for (let i = 0; i < Number(LINES); i++) log.write(`${NAME} ${i} ${"x".repeat(100)}\n`);
