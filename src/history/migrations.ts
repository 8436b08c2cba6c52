/**
 * The tables, one list of statements for each version, in SQL for SQLite and for PostgreSQL. Versions are only added.
 *
 * - `sports`: one for each sport of each source (simulated odds and real ones, decimal and american prices are never mixed).
 *   `head` is the last stored reading.
 * - `readings`: every accepted reading. What a change replaced was last seen at the reading before it, so no change says that itself.
 * - `gaps`: times without planned readings, and why.
 * - `fresh`: readings at which `changed_at`s began afresh (a restart): a market's is the later of this and its change.
 * - `events`: the upstream's id, and when it was first seen. The rest of an event is the value of its series.
 * - `series`: a node of the board's tree; see records.ts. The board's own has event 0.
 * - `shapes`: values without their numbers, once for each event.
 * - `changes`: the value of a series from `at` on; `shape` null: it went.
 */
export const MIGRATIONS: readonly { readonly sqlite: string; readonly postgres: string }[] = [
  {
    sqlite: `
      create table meta (key text primary key, value integer) without rowid;
      create table sports (id integer primary key, source text not null, key text not null, head integer,
        unique (source, key));
      create table readings (sport integer not null, at integer not null, every_ms integer not null,
        primary key (sport, at)) without rowid;
      create table gaps (sport integer not null, from_at integer not null, to_at integer not null, reason text not null,
        primary key (sport, from_at, to_at)) without rowid;
      create table fresh (sport integer not null, at integer not null, primary key (sport, at)) without rowid;
      create table events (id integer primary key, sport integer not null, key text not null, first_seen integer not null,
        unique (sport, key));
      create table series (id integer primary key, sport integer not null, event integer not null, bookmaker text not null,
        market text not null, unique (event, sport, bookmaker, market));
      create table shapes (id integer primary key, event integer not null, text text not null, unique (event, text));
      create table changes (series integer not null, at integer not null, shape integer, numbers text, changed_at integer,
        primary key (series, at)) without rowid;
    `,
    postgres: `
      create table meta (key text primary key, value bigint);
      create table sports (id integer generated always as identity primary key, source text not null, key text not null,
        head bigint, unique (source, key));
      create table readings (sport integer not null, at bigint not null, every_ms bigint not null, primary key (sport, at));
      create table gaps (sport integer not null, from_at bigint not null, to_at bigint not null, reason text not null,
        primary key (sport, from_at, to_at));
      create table fresh (sport integer not null, at bigint not null, primary key (sport, at));
      create table events (id integer generated always as identity primary key, sport integer not null, key text not null,
        first_seen bigint not null, unique (sport, key));
      create table series (id integer generated always as identity primary key, sport integer not null,
        event integer not null, bookmaker text not null, market text not null, unique (event, sport, bookmaker, market));
      create table shapes (id integer generated always as identity primary key, event integer not null, text text not null);
      create unique index shapes_by_text on shapes (event, md5(text));
      create table changes (at bigint not null, series integer not null, shape integer, numbers text, changed_at bigint,
        primary key (series, at)) partition by range (at);
    `,
  },
];
