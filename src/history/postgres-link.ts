import type { Socket } from "node:net";
import postgres from "postgres";
import { EngineError, type Row } from "./engine.js";
import type { PostgresAddress } from "./postgres-address.js";
import { postgresError, READ_ONLY } from "./postgres-errors.js";
import { connectPostgres } from "./postgres-socket.js";

/** Where all of our tables are: the database may be an application's, with `events` of its own. */
export const SCHEMA = "live_odds";

/** A connection has to be there within so many ms. */
const CONNECT_MS = 5000;
/** A statement that takes longer is given up by the server. */
const STATEMENT_MS = 10_000;
/** After so long nothing is expected any more, as of a server that is frozen or cut off. */
const ANSWER_MS = 12_000;
/** So long does an idle connection stay, in seconds. */
const IDLE_S = 60;

/** What is given to a statement. */
export type Parameter = string | number | null;

/** Types as SQLite has them: whole numbers, sums of them, and 1 and 0 for true and false. */
const types = {
  bigint: { to: 20, from: [20, 1700], serialize: String, parse: Number },
  boolean: {
    to: 16,
    from: [16],
    serialize: (value: unknown) => (value ? "t" : "f"),
    parse: (text: string) => (text === "t" ? 1 : 0),
  },
};

interface Pool {
  readonly sql: ReturnType<typeof postgres>;
  readonly sockets: Set<Socket>;
}

/** Has the end of a connection be an error: without one, the package connects again at once, for ever. */
function endingInError(socket: Socket): Socket {
  return socket.on("end", () => {
    socket.destroy(Object.assign(new Error("closed by the server"), { code: "CONNECTION_CLOSED" }));
  });
}

/**
 * Some connections to PostgreSQL. Whatever does not end in an answer takes them all with it, and the next statement
 * begins anew: after a connection's end the package may write what was meant for the old one to the new one. So does
 * the answer of a standby: the address leads to another server once that one is the primary.
 */
export class PostgresLink {
  private pool: Pool | undefined;
  private isClosed = false;

  /** `connections`: how many at most. */
  constructor(
    private readonly address: PostgresAddress,
    private readonly connections: number,
  ) {}

  /** Runs a statement, or several as one transaction where there are no parameters. Rejects with an `EngineError`. */
  async run(text: string, parameters: readonly Parameter[] = []): Promise<readonly Row[]> {
    if (this.isClosed) throw new EngineError("The history is closed.");
    this.pool ??= this.begin();
    const { pool } = this;
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(Object.assign(new Error("no answer"), { code: "NO_ANSWER" })),
          ANSWER_MS,
        );
      });
      return await Promise.race([pool.sql.unsafe<Row[]>(text, [...parameters], { prepare: true }), late]);
    } catch (error) {
      const isAnswer = error instanceof postgres.PostgresError && error.severity === "ERROR";
      if (!isAnswer || error.code === READ_ONLY) this.drop(pool);
      throw postgresError(error, this.address);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for what runs, and closes. */
  async close(): Promise<void> {
    this.isClosed = true;
    const { pool } = this;
    if (!pool) return;
    await pool.sql.end({ timeout: ANSWER_MS / 1000 });
    this.drop(pool);
  }

  private begin(): Pool {
    const { user, password, database } = this.address;
    const sockets = new Set<Socket>();
    const options = {
      // Sockets are made here, so that they can be destroyed: the package waits for a frozen server's goodbye.
      socket: async () => {
        const opened = (socket: Socket) => {
          sockets.add(socket);
          socket.once("close", () => sockets.delete(socket));
        };
        return endingInError(await connectPostgres(this.address, CONNECT_MS, opened));
      },
      host: this.address.host,
      port: this.address.port,
      user,
      // A function: an empty one would be looked for in the environment.
      password: () => password,
      database,
      ssl: false,
      max: this.connections,
      // Nobody waits behind another's statement on the same connection.
      max_pipeline: 0,
      connect_timeout: CONNECT_MS / 1000,
      idle_timeout: IDLE_S,
      max_lifetime: null,
      // When to try again is the caller's to say.
      backoff: false,
      fetch_types: false,
      connection: {
        application_name: "live-odds",
        search_path: SCHEMA,
        statement_timeout: STATEMENT_MS,
        // Compiling costs more than any of our questions.
        jit: "off",
      },
      onnotice: () => {},
      types,
    };
    return { sql: postgres(options), sockets };
  }

  private drop(pool: Pool): void {
    if (this.pool === pool) this.pool = undefined;
    pool.sql.end({ timeout: 0 }).catch(() => {});
    // After the package has said goodbye where somebody listens.
    setImmediate(() => {
      for (const socket of pool.sockets) socket.destroy();
    });
  }
}
