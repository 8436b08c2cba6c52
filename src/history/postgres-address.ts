import { userInfo } from "node:os";
import { EngineError } from "./engine.js";

/** Where a PostgreSQL is, and who comes there. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  /** The folder of a local socket, in place of host and port. */
  readonly folder: string | undefined;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** `offered`: where the server offers it, as psql does. */
  readonly tls: "never" | "offered" | "always";
  /** Whether a certificate that cannot be verified is refused. */
  readonly verify: boolean;
}

const TLS: Readonly<Record<string, PostgresAddress["tls"]>> = {
  disable: "never",
  allow: "offered",
  prefer: "offered",
  require: "always",
  "verify-ca": "always",
  "verify-full": "always",
};

/**
 * Reads a DATABASE_URL: `postgres://user:password@host:port/database`, with `?sslmode=` as psql knows it, and `?host=`
 * for a local socket's folder. What is wrong is said without the address, which holds a password.
 */
export function postgresAddress(text: string, verify: boolean): PostgresAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["postgres:", "postgresql:"].includes(url.protocol)) throw unreadable();
  const mode = url.searchParams.get("sslmode");
  const folder = url.searchParams.get("host") ?? undefined;
  const isHere = folder !== undefined || ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  const tls = mode === null ? (isHere ? "never" : "offered") : TLS[mode];
  if (tls === undefined)
    throw new EngineError(`DATABASE_URL: sslmode is one of ${Object.keys(TLS).join(", ")}`);
  const user = plain(url.username) || userInfo().username;
  return {
    host: url.hostname.replace(/^\[|\]$/g, "") || "localhost",
    port: Number(url.port || 5432),
    folder,
    user,
    password: plain(url.password),
    database: plain(url.pathname.slice(1)) || user,
    tls,
    verify,
  };
}

/** What an address is called in messages. */
export function placeOf({ host, port, folder, database }: PostgresAddress): string {
  return `${folder ?? `${host}:${port}`}/${database}`;
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw unreadable();
  }
}

function unreadable(): EngineError {
  return new EngineError(
    "DATABASE_URL is no address of a PostgreSQL: postgres://user:password@host:port/database, with %-escapes in the password",
  );
}
