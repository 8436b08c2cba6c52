/** The names of keys and channels in Redis. Channels are not a database's own there: the name tells them apart. */
export class Keys {
  private readonly prefix: string;

  /** `url` is the Redis': its path names the database. `fleet` names those who share boards. */
  constructor(
    url: string,
    private readonly fleet: string,
  ) {
    const database = new URL(url).pathname.replace(/^\/+/, "") || "0";
    this.prefix = `live-odds:1:${database}:`;
  }

  /** A name that is the fleet's own. */
  of(name: string): string {
    return `${this.prefix}${this.fleet}:${name}`;
  }

  /** Several of them. */
  all(...names: string[]): string[] {
    return names.map((name) => this.of(name));
  }

  /** A name that all fleets in the database share. */
  shared(name: string): string {
    return this.prefix + name;
  }
}
