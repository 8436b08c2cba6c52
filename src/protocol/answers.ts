import { z } from "zod";
import { sportSchema, statusSchema } from "../board/model.js";
import { sourceNameSchema } from "../config.js";
import { LISTED } from "./client-messages.js";
import { errorFields } from "./error-codes.js";

/* What REST answers; see endpoints.ts for where. `GET /api/odds/live` answers with an `odds_update`. */

const moment = z.number().describe("In ms since the epoch.");
const timestamp = z.number().describe("When this was answered, in ms since the epoch.");
const reason = z.string().nullable().describe("Why it is not as planned, as a code; null while it is.");
const reasons = z.array(z.string()).describe("What is not as it should be, as codes.");
const count = z.number().int();

/** What may stand in a query, all of which does something. What is not named there would do nothing, and whoever wrote it should know. */
export const query = <T extends z.ZodRawShape>(shape: T) => {
  const names = Object.keys(shape).map((name) => `\`${name}\``);
  return z.strictObject(shape, `there ${names.length === 0 ? "are none" : `is ${names.join(", ")}`}`);
};

const SPORT_ONCE = "given once, as a sport's key such as basketball_nba";

const WORD = `[^,]{1,${LISTED.characters}}`;
const WORDS = new RegExp(`^${WORD}(,${WORD}){0,${LISTED.most - 1}}$`);

const words = (of: string) => {
  const wanted = `given once, as 1 to ${LISTED.most} ${of} with commas in between, each of 1 to ${LISTED.characters} characters`;
  return z.string(wanted).regex(WORDS, wanted).optional();
};

/** What `GET /api/odds/live` may be asked. */
export const liveQuerySchema = query({
  sport: z
    .string(SPORT_ONCE)
    .min(1, SPORT_ONCE)
    .default("basketball_nba")
    .describe("The sport's key, as GET /api/odds/sports lists it."),
  events: words("ids of events").describe("Ids of events, with commas in between; without it all of them."),
  bookmakers: words("keys of bookmakers").describe(
    "Keys of bookmakers, with commas in between; without it all of them.",
  ),
  markets: words("keys of markets").describe(
    "Keys of markets, with commas in between; without it all of them.",
  ),
});
/** See {@link liveQuerySchema}. */
export type LiveQuery = z.infer<typeof liveQuerySchema>;

/** The query of what is asked without parameters. */
export const noQuerySchema = query({});

/** Every error over HTTP. */
export const errorBodySchema = z
  .object({ error: z.object(errorFields) })
  .describe("Why a request was refused or could not be answered.");
/** See {@link errorBodySchema}. */
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** `GET /api/odds/sports`. */
export const sportsAnswerSchema = z
  .object({ sports: z.array(sportSchema), timestamp })
  .describe("The sports that this server serves.");
/** See {@link sportsAnswerSchema}. */
export type SportsAnswer = z.infer<typeof sportsAnswerSchema>;

const sportCostSchema = z
  .object({
    everyMs: z.number().describe("How often it is read, in ms."),
    nextFetchAt: z.number().describe("When it is read next, in ms since the epoch."),
    cost: z.number().describe("Credits a read."),
    reason: reason.describe(
      "Why it is not read as planned, as a code; null while it is. Nothing is spent on it meanwhile.",
    ),
  })
  .describe("What a sport's reads cost.");

const byName = (what: string) => z.record(z.string(), z.number()).describe(what);

const missedCloseSchema = z
  .object({
    sport: z.string(),
    startsAt: moment.describe("When these games started, in ms since the epoch."),
    games: count,
    reason: z
      .string()
      .describe(
        "`CREDITS` (left out, as credits do not last for all), `CREDIT_RESERVE`, `START_UNKNOWN` (the start was moved, or not listed in time), `OVERDUE`, `CLUSTER_UNAVAILABLE`, or what the upstream's failure is called.",
      ),
  })
  .describe("Games of one start whose close was not seen.");

/** Closing reads: what they cost, and what came of them. */
export const closingReportSchema = z
  .object({
    week: z
      .object({
        slots: count.describe("Kick-off slots that are known: games that start together, read once."),
        games: count.describe("Games in them."),
        credits: z.number().describe("What reading all of them costs."),
        expected: z.number().describe("The same with games that are not listed yet, about."),
        skippedSlots: count.describe("Slots that are left out, as the credits do not last for all."),
      })
      .describe("The coming week."),
    earmarked: z.number().describe("Credits that are kept for closing reads, up to the reset."),
    seen: count.describe("Games that were read within 60 s before their start, since this process reads."),
    missed: count.describe("Games that were not."),
    missedCloses: z
      .array(missedCloseSchema)
      .describe("The last hundred of these, by start; the latest last."),
  })
  .nullable()
  .describe("Closing reads; null where there are none, or another process makes them.");

/** The state of the bill. */
export const creditReportSchema = z
  .object({
    remaining: z.number().nullable().describe("Credits left, as the upstream last said; null before it did."),
    used: z.number().nullable().describe("Credits used, as the upstream last said."),
    plan: z.number().nullable().describe("Credits a month."),
    reserve: z.number().nullable().describe("Credits that are never spent."),
    resetAt: z.number().nullable().describe("When credits come back, in ms since the epoch."),
    rate: z.number().describe("Credits an hour, as the wanted sports are being read now."),
    runsOutAt: z
      .number()
      .nullable()
      .describe(
        "When the credits above the reserve are gone at that rate, in ms since the epoch; null where they outlast the reset or are unknown.",
      ),
    process: z.string().describe("The process that tells this."),
    spent: z
      .object({
        bySport: byName("Credits by sport."),
        byHour: byName("Credits by hour, named by its beginning (ISO 8601)."),
      })
      .describe("What that process has spent itself."),
    sports: z.record(z.string(), sportCostSchema).describe("The sports that are being read, by key."),
    closing: closingReportSchema,
  })
  .describe("The state of the bill.");

/** `GET /api/odds/credits`. */
export const creditsAnswerSchema = creditReportSchema
  .extend({ timestamp })
  .describe("The state of the bill.");
/** See {@link creditsAnswerSchema}. */
export type CreditsAnswer = z.infer<typeof creditsAnswerSchema>;

const creditsInShortSchema = z
  .object({
    remaining: z.number(),
    rate: z.number().describe("Credits an hour."),
    runsOutAt: moment.nullable(),
    resetAt: moment.nullable(),
  })
  .nullable()
  .describe(
    "The bill in short; null where nothing is paid for, or nothing is known, or it is not for who asks.",
  );
/** See {@link creditReportSchema}; null where nothing is paid for, or nothing is known. */
export type CreditsInShort = z.infer<typeof creditsInShortSchema>;

const port = z.number().int().optional().describe("Where it listens.");
const release = z.string().describe("Which server this is: its version, and the commit that was built.");

/** One of the processes, as all may know it. */
export const processReportSchema = z
  .object({
    id: z.string().describe("Made up at each start."),
    port,
    release: release.optional(),
    clients: count.describe("Connections in `/odds` that it holds."),
    wanted: z.array(z.string()).readonly().describe("The sports that its own clients want."),
    reader: z.boolean().describe("Whether it is the one that reads the upstream."),
    versions: z.record(z.string(), z.number()).describe("The versions of its boards, by sport."),
  })
  .describe("One of the processes that serve these boards.");

/** `GET /api/cluster`. */
export const clusterAnswerSchema = z
  .object({ processes: z.array(processReportSchema), timestamp })
  .describe("All processes that serve these boards; one by itself is a list of one.");
/** See {@link clusterAnswerSchema}. */
export type ClusterAnswer = z.infer<typeof clusterAnswerSchema>;

const phaseSchema = z
  .enum(["starting", "ready", "draining"])
  .describe("It waits for the others, should get traffic, or sends clients elsewhere.");
/** See {@link readinessSchema}. */
export type Phase = z.infer<typeof phaseSchema>;

const clientsSchema = z
  .object({ socketio: count, websocket: count })
  .describe("Connections in `/odds`, by transport.");
/** How many clients there are at each transport. */
export type Clients = Readonly<z.infer<typeof clientsSchema>>;

const identity = {
  process: z.string().describe("The process's name, made up at each start."),
  release,
  port,
};

/** `GET /health`. */
export const healthSchema = z
  .object({
    status: z.literal("ok"),
    uptime: z.number().describe("In seconds."),
    phase: phaseSchema,
    ...identity,
    websocket: count.describe("Connections in `/odds` at both transports."),
    clients: clientsSchema,
    source: sourceNameSchema,
    wanted: z.array(z.string()).describe("The sports being read, by any of the processes."),
    credits: creditsInShortSchema,
    degraded: reasons.optional(),
  })
  .describe("The process lives, and what it is doing.");
/** See {@link healthSchema}. */
export type Health = z.infer<typeof healthSchema>;

/** `GET /ready`. */
export const readinessSchema = z
  .object({ status: phaseSchema, degraded: reasons.optional() })
  .describe("Whether it should get traffic.");
/** See {@link readinessSchema}. */
export type Readiness = z.infer<typeof readinessSchema>;

const sportInShortSchema = z
  .object({
    sport: z.string(),
    status: z.enum([...statusSchema.options, "starting"]).describe("`starting`: there is no board yet."),
    reason,
    ageMs: z.number().nullable().describe("How old its board is, in ms; null where there is none."),
    nextFetchAt: moment,
  })
  .describe("How a sport is that is being read.");

const readsSchema = z
  .object({
    ok: count.describe("Reads that gave a board."),
    failed: count.describe("Reads that gave none."),
    lastAt: moment.nullable().describe("When the last one began, in ms since the epoch; null before it."),
  })
  .describe("For operators: this process's own reads of boards at the upstream, since its start.");

const recentErrorSchema = z
  .object({
    at: moment.describe("When the last of them was written, by its machine's clock; in ms since the epoch."),
    level: z
      .enum(["warn", "error"])
      .describe("`error`: somebody must act. `warn`: it heals by itself, but look."),
    message: z.string().describe("Without secrets, as in the log; at most 300 characters."),
    count: count.describe("How many there were, since the first that is still known."),
    code: z.string().optional().describe("The error code that the last of them names."),
    sport: z.string().optional().describe("The sport that the last of them names."),
  })
  .describe("Lines of the log with the same message.");

/** `GET /status`. */
export const statusReportSchema = z
  .object({
    status: z
      .enum(["ok", "degraded", "down"])
      .describe(
        "`ok`: all is live. `degraded`: `reasons` says what is not, and it serves all the same. `down`: it should get no " +
          "traffic, or nothing of what is wanted is live.",
      ),
    phase: phaseSchema,
    ...identity,
    reasons,
    sports: z.array(sportInShortSchema),
    upstream: z.discriminatedUnion("status", [
      z.object({ status: z.literal("ok"), reason: z.null() }),
      z.object({ status: z.literal("failing"), reason: z.string(), nextTryAt: moment }),
    ]),
    redis: z.enum(["ok", "away"]).nullable().describe("Null where there is none."),
    history: z
      .enum(["starting", "ok", "away"])
      .nullable()
      .describe("Whether what is read can be kept; null where no history is."),
    credits: creditsInShortSchema,
    advice: z
      .record(z.string(), z.string())
      .optional()
      .describe("For operators: what to do about each reason, in a sentence."),
    reads: readsSchema.optional(),
    errors: z
      .array(recentErrorSchema)
      .optional()
      .describe(
        "For operators: the last 20 messages of this process's log in WARN and ERROR, the latest first.",
      ),
    timestamp,
  })
  .describe("In one word how the server is, and what that is made of.");
/** See {@link statusReportSchema}. */
export type StatusReport = z.infer<typeof statusReportSchema>;
