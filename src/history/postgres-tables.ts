import { MIGRATIONS } from "./migrations.js";
import { NEWER_TABLES } from "./postgres-errors.js";
import { FUNCTIONS } from "./postgres-functions.js";
import { SCHEMA } from "./postgres-link.js";

/** Whoever changes tables holds this advisory lock of the database: "odds" in ASCII. */
const LOCK = 0x6f646473;

const steps = MIGRATIONS.map(
  ({ postgres }, i) => `if version_found < ${i + 1} then
    ${postgres}
    insert into meta (key, value) values ('version', ${i + 1})
      on conflict (key) do update set value = excluded.value;
  end if;`,
);

/** Brings the tables up to date, as one transaction; of several processes that start at once, one after the other. */
export const MIGRATE = `
select pg_advisory_xact_lock(${LOCK});
do $migrate$
declare version_found bigint := 0;
begin
  if to_regnamespace('${SCHEMA}') is null then create schema ${SCHEMA}; end if;
  if to_regclass('${SCHEMA}.meta') is not null then
    select coalesce(max(value), 0) into version_found from meta where key = 'version';
  end if;
  if version_found > ${MIGRATIONS.length} then
    raise exception 'version %', version_found using errcode = '${NEWER_TABLES}';
  end if;
  ${steps.join("\n  ")}
end $migrate$;
${FUNCTIONS}`;

/** A month of changes, in UTC: it has a partition of its own. */
export class Month {
  readonly name: string;
  readonly from: number;
  readonly to: number;

  /** The month that holds `at` (ms since the epoch), or one so many months `later`. */
  constructor(at: number, later = 0) {
    const day = new Date(at);
    this.from = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + later);
    this.to = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + later + 1);
    this.name = `changes_${new Date(this.from).toISOString().slice(0, 7).replace("-", "_")}`;
  }

  /** Makes the partition where it is missing. It is attached: made in place, it would wait for all who read, and they for it. */
  get make(): string {
    return `
      select pg_advisory_xact_lock(${LOCK});
      do $make$ begin
        if to_regclass('${SCHEMA}.${this.name}') is null then
          create table ${this.name} (like changes including all);
          alter table changes attach partition ${this.name} for values from (${this.from}) to (${this.to});
        end if;
      end $make$;`;
  }
}

/** Drops partitions that are empty and end before `cutoff`; one that somebody reads just now stays for the next time. */
export const dropEmptyMonths = (cutoff: number): string => `
  select pg_advisory_xact_lock(${LOCK});
  do $drop$
  declare
    name text;
    is_empty boolean;
  begin
    perform set_config('lock_timeout', '200', true);
    for name in
      select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'changes'::regclass and c.relname < '${new Month(cutoff).name}'
    loop
      execute format('select not exists (select from %I)', name) into is_empty;
      continue when not is_empty;
      execute format('lock table %I in access exclusive mode', name);
      execute format('select not exists (select from %I)', name) into is_empty;
      if is_empty then execute format('drop table %I', name); end if;
    end loop;
  exception when lock_not_available then null;
  end $drop$;`;
