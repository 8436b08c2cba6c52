import { EngineError } from "./engine.js";
import { type PostgresAddress, placeOf } from "./postgres-address.js";

/** Our own code for tables of a newer release, raised by the migrations. */
export const NEWER_TABLES = "LO001";

/** PostgreSQL's code for a server that takes no writes. */
export const READ_ONLY = "25006";

/** What somebody can do, by the code of an error: PostgreSQL's, Node's or the package's. */
function remedy(code: string, { user, database }: PostgresAddress): string | undefined {
  if (/^(28P01|28000)$/.test(code))
    return `it refuses the user ${user}: look at the user, the password and sslmode in DATABASE_URL, and at pg_hba.conf`;
  if (code === "3D000") return `there is no database ${database}: create it (createdb)`;
  if (code === "53300")
    return "it has no connection left: raise its max_connections, or let fewer processes use it";
  if (code === "53100") return "its disk is full: make room there";
  if (code === "42501") return `the user ${user} may not do that: grant create on database ${database} to it`;
  if (code === READ_ONLY) return "it takes no writes: give the primary's address in DATABASE_URL";
  if (code === "08P01")
    return "what answers is a pooler such as PgBouncer, perhaps: give PostgreSQL's own address in DATABASE_URL";
  if (code === "57014") return "it took too long over a statement, and gave it up";
  if (code === NEWER_TABLES)
    return "its history was written by a newer release: run that one, or give another database";
  if (/^57P0|^(CONNECTION_|ECONNRESET|EPIPE)/.test(code)) return "it went away: it is stopped or restarting";
  if (/^(ECONN|ENOTFOUND|EAI_|ENOENT|EACCES|EHOST|ENET|ETIMEDOUT|CONNECT_TIMEOUT|NO_ANSWER)/.test(code))
    return "it does not answer: is it running, and is DATABASE_URL right?";
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code))
    return "its certificate cannot be verified: give its CA in NODE_EXTRA_CA_CERTS, or, where it is signed by itself as Heroku's is, set DATABASE_TLS_VERIFY=false";
  return undefined;
}

/**
 * Says what went wrong at a PostgreSQL, in a sentence that holds neither a password nor what was to be written. The
 * error itself is not passed on: it has the statement and its parameters.
 */
export function postgresError(error: unknown, address: PostgresAddress): EngineError {
  if (error instanceof EngineError) return error;
  const { code = "", message = "" } = error instanceof Error ? (error as Error & { code?: string }) : {};
  const known = remedy(code, address);
  const what = known ?? message.split("\n", 1)[0] ?? "";
  return new EngineError(`PostgreSQL at ${placeOf(address)}: ${what}${code ? ` (${code})` : ""}`);
}
