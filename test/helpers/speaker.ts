import { loadConfig } from "../../src/config.js";
import { createLogger } from "../../src/logger.js";

/*
 * A process that says a few lines into a log and ends: test/logger.test.ts looks at its stdout and files. TERMINAL
 * has it speak as on a terminal, LINES adds that many lines, in small lots as a server's come.
 */
const { TERMINAL, LINES = "0", THE_ODDS_API_KEY = "no key" } = process.env;
const log = createLogger(loadConfig(process.env), TERMINAL !== undefined);
log.info("all is well", { sport: "basketball_nba" });
log.warn("it heals by itself");
log.error("a person must act");
log.debug("only for the curious");
for (let i = 0; i < Number(LINES); i++) {
  log.info(`line ${i} ${"x".repeat(100)}`);
  if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
}
log.info(`a URL with ?apiKey=${encodeURIComponent(THE_ODDS_API_KEY)}`, {
  nested: [{ key: THE_ODDS_API_KEY }],
});
