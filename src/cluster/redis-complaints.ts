import { logError } from "../errors.js";
import type { Logger } from "../logger.js";

/** What only a person can mend, and how. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /\bOOM\b/,
    "Redis is out of memory: give it more (maxmemory), and a database and server that nothing else fills",
  ],
  [/\bREADONLY\b/, "REDIS_URL leads to a replica, which takes no writes: give the primary's address"],
  [
    /\bMISCONF\b/,
    "Redis cannot save to its disk, and takes no writes: look at that disk, or set stop-writes-on-bgsave-error no",
  ],
  [/NOAUTH|WRONGPASS|NOPERM/, "Redis refuses this process: check the user and password in REDIS_URL"],
  [
    /certificate/i,
    "Redis' certificate cannot be verified: give its CA in NODE_EXTRA_CA_CERTS, or, where it is signed by itself as Heroku's is, set REDIS_TLS_VERIFY=false",
  ],
];

/** So many different reasons are told in one outage; the log at debug has them all. */
const MAX_REASONS = 20;

/** What is said when Redis refuses what nothing goes on without: each reason once, with a remedy where one is known. */
export class RedisComplaints {
  private readonly said = new Set<string>();

  constructor(private readonly log: Logger) {}

  /** `isAnswer`: it is Redis that says so. */
  say(error: unknown, isAnswer: boolean): void {
    const { error: reason } = logError(error);
    if (this.said.has(reason) || this.said.size >= MAX_REASONS) return;
    this.said.add(reason);
    const known = ADVICE.find(([symptom]) => symptom.test(reason));
    if (known) this.log.error(known[1], { reason });
    else if (isAnswer) this.log.error("Redis answers with an error", { reason });
    else this.log.warn("The connection to Redis failed; it is tried again by itself", { reason });
  }

  /** What was complained of is over: if it comes again, that is news. */
  over(): void {
    this.said.clear();
  }
}
