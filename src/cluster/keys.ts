/** Changes with the form of what is kept: versions that do not understand one another do not meet. */
const FORM = 1;

/** The names of keys and channels in Redis. Channels are not a database's own there: the name tells them apart. */
export class Keys {
  private readonly prefix: string;

  /** `url` is the Redis': its path names the database. */
  constructor(url: string) {
    const database = new URL(url).pathname.replace(/^\/+/, "") || "0";
    this.prefix = `live-odds:${FORM}:${database}:`;
  }

  /** One name. */
  of(name: string): string {
    return this.prefix + name;
  }

  /** Several names. */
  all(...names: string[]): string[] {
    return names.map((name) => this.of(name));
  }
}
