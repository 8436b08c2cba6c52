/** What a scrape of `/metrics` told. */
export interface Scraped {
  readonly text: string;
  /** The names of all that has a value. */
  readonly names: ReadonlySet<string>;
  /** The value of the one series with this name that has these labels; undefined where there is none. */
  value(name: string, labels?: Record<string, string>): number | undefined;
}

/** Scrapes a server, as Prometheus on the same machine would. */
export async function scrape(server: { readonly url: string }): Promise<Scraped> {
  const response = await fetch(`${server.url}/metrics`);
  if (response.status !== 200) throw new Error(`/metrics says ${response.status}: ${await response.text()}`);
  const text = await response.text();
  const series = text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", of = ""]) => [key, of] as const);
    return name === undefined ? [] : [{ name, labels: new Map(pairs), value: Number(value) }];
  });
  return {
    text,
    names: new Set(series.map(({ name }) => name)),
    value(wanted, labels = {}) {
      const found = series.filter(
        ({ name, labels: its }) =>
          name === wanted && Object.entries(labels).every(([key, of]) => its.get(key) === of),
      );
      if (found.length > 1) throw new Error(`${wanted} with ${JSON.stringify(labels)} is not one series`);
      return found[0]?.value;
    },
  };
}
