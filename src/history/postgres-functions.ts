/**
 * What is done in the database itself, so that a batch is one statement: a transaction with one answer, and no half of
 * it when a connection breaks. Made anew at each start. Processes of two releases run side by side in a rollout, so a
 * function that takes or means something else gets another name.
 *
 * Ids come from sequences that also count what `on conflict` turns away, and would run out within months: so there is
 * a look first. What is selected in a row's own place, or joined sideways (lateral), is looked up by index for each row:
 * joined otherwise, the planner compares all with all, or reads all changes. Whoever writes or deletes holds the rows of the sports concerned, so nothing changes in between.
 */
export const FUNCTIONS = `
create or replace function store_readings(
  p_source text,
  p_sport text[], p_at bigint[], p_every bigint[], p_follows bigint[], p_fresh boolean[],
  p_gap_reading integer[], p_gap_from bigint[], p_gap_to bigint[], p_gap_reason text[],
  p_event_reading integer[], p_event_key text[],
  p_shape_reading integer[], p_shape_event integer[], p_shape_text text[],
  p_reading integer[], p_event integer[], p_bookmaker text[], p_market text[],
  p_shape integer[], p_numbers text[], p_changed_at bigint[]
) returns setof text language plpgsql as $$
declare
  sport_id integer;
  sport_ids integer[] := '{}'; -- of each reading
  ids integer[] := '{}'; -- the same, but null where it is refused
  event_ids integer[];
  shape_ids integer[];
begin
  insert into sports (source, key)
    select p_source, k.key from (select distinct unnest(p_sport) as key) k
    where not exists (select from sports s where s.source = p_source and s.key = k.key)
    on conflict do nothing;
  perform 1 from sports s where s.source = p_source and s.key = any (p_sport) order by s.id for update;
  for i in 1 .. cardinality(p_sport) loop
    select s.id into sport_id from sports s where s.source = p_source and s.key = p_sport[i];
    sport_ids := sport_ids || sport_id;
    update sports s set head = p_at[i]
      where s.id = sport_id and s.head is not distinct from p_follows[i] and coalesce(s.head < p_at[i], true);
    ids := ids || case when found then sport_id end;
    if not found then return next p_sport[i]; end if;
  end loop;
  insert into readings (sport, at, every_ms)
    select r.id, r.at, r.every from unnest(ids, p_at, p_every) r (id, at, every) where r.id is not null;
  insert into fresh (sport, at)
    select r.id, r.at from unnest(ids, p_at, p_fresh) r (id, at, is_fresh) where r.id is not null and r.is_fresh;
  insert into gaps (sport, from_at, to_at, reason)
    select ids[g.reading], g.from_at, g.to_at, g.reason
    from unnest(p_gap_reading, p_gap_from, p_gap_to, p_gap_reason) g (reading, from_at, to_at, reason)
    where ids[g.reading] is not null on conflict do nothing;
  insert into events (sport, key, first_seen)
    select ids[e.reading], e.key, p_at[e.reading] from unnest(p_event_reading, p_event_key) e (reading, key)
    where ids[e.reading] is not null
      and (select k.id from events k where k.sport = ids[e.reading] and k.key = e.key) is null;
  event_ids := array(
    select (select k.id from events k where k.sport = sport_ids[e.reading] and k.key = e.key)
    from unnest(p_event_reading, p_event_key) with ordinality e (reading, key, i) order by e.i);
  insert into shapes (event, text)
    select coalesce(event_ids[h.event], 0), h.text
    from unnest(p_shape_reading, p_shape_event, p_shape_text) h (reading, event, text)
    where ids[h.reading] is not null and (
      select k.id from shapes k where k.event = coalesce(event_ids[h.event], 0) and md5(k.text) = md5(h.text)) is null
    on conflict do nothing;
  shape_ids := array(
    select (select k.id from shapes k where k.event = coalesce(event_ids[h.event], 0) and md5(k.text) = md5(h.text))
    from unnest(p_shape_event, p_shape_text) with ordinality h (event, text, i) order by h.i);
  insert into series (sport, event, bookmaker, market)
    select d.sport, d.event, d.bookmaker, d.market
    from (
      select ids[c.reading] as sport, coalesce(event_ids[c.event], 0) as event, c.bookmaker, c.market, min(c.i) as i
      from unnest(p_reading, p_event, p_bookmaker, p_market) with ordinality c (reading, event, bookmaker, market, i)
      where ids[c.reading] is not null group by 1, 2, 3, 4
    ) d
    where (select s.id from series s where s.event = d.event and s.sport = d.sport
      and s.bookmaker = d.bookmaker and s.market = d.market) is null
    order by d.i;
  insert into changes (at, series, shape, numbers, changed_at)
    select p_at[c.reading],
      (select s.id from series s where s.event = coalesce(event_ids[c.event], 0) and s.sport = ids[c.reading]
        and s.bookmaker = c.bookmaker and s.market = c.market),
      shape_ids[c.shape], c.numbers, c.changed_at
    from unnest(p_reading, p_event, p_bookmaker, p_market, p_shape, p_numbers, p_changed_at)
      c (reading, event, bookmaker, market, shape, numbers, changed_at)
    where ids[c.reading] is not null;
end $$;

create or replace function forget_changes(
  p_cutoff bigint, p_from integer, p_most integer, p_had_some boolean, out next_from integer
)
language plpgsql as $$
declare
  deleted integer;
  touched integer[]; -- events whose shapes may be of no use any more
begin
  perform 1 from sports order by id for update;
  select max(w.id) into next_from
    from (select s.id from series s where s.id > p_from order by s.id limit p_most) w;
  if next_from is null then return; end if;
  with old as (
    select c.series, c.at from series s
    cross join lateral (
      select l.at, l.shape from changes l where l.series = s.id and l.at <= p_cutoff order by l.at desc limit 1) l
    cross join lateral (
      select c.series, c.at from changes c where c.series = s.id and (c.at < l.at or (c.at = l.at and l.shape is null))
      order by c.at limit p_most) c
    where s.id > p_from and s.id <= next_from
    order by c.series, c.at limit p_most
  ), gone as (
    delete from changes c using old where c.series = old.series and c.at = old.at returning c.series
  )
  select count(*) into deleted from gone;
  if deleted = p_most then
    next_from := p_from;
    return;
  end if;
  if deleted = 0 and not p_had_some then return; end if;
  select array_agg(distinct s.event) into touched from series s where s.id > p_from and s.id <= next_from;
  delete from shapes k where k.event = any (touched) and not k.id = any (array(
    select distinct u.shape from series s
    cross join lateral (select c.shape from changes c where c.series = s.id and c.shape is not null offset 0) u
    where s.event = any (touched)));
  delete from series s where s.id > p_from and s.id <= next_from
    and not exists (select from changes c where c.series = s.id);
end $$;

create or replace function forget_moments(p_cutoff bigint, p_most integer, out is_more boolean)
language plpgsql as $$
declare
  deleted integer;
begin
  perform 1 from sports order by id for update;
  delete from readings r using (
    select r.sport, r.at from sports s
    cross join lateral (select max(at) as at from readings where sport = s.id and at <= p_cutoff) l
    join readings r on r.sport = s.id and r.at < l.at limit p_most
  ) o where r.sport = o.sport and r.at = o.at;
  get diagnostics deleted = row_count;
  is_more := deleted = p_most;
  -- What is told of a reading stays for as long as it does.
  if is_more then return; end if;
  delete from fresh f using (
    select f.sport, f.at from sports s
    cross join lateral (select max(at) as at from fresh where sport = s.id and at <= p_cutoff) l
    join fresh f on f.sport = s.id and f.at < l.at limit p_most
  ) o where f.sport = o.sport and f.at = o.at;
  get diagnostics deleted = row_count;
  is_more := deleted = p_most;
  delete from gaps g using (
    select g.sport, g.from_at, g.to_at from sports s
    cross join lateral (select max(from_at) as at from gaps where sport = s.id and to_at <= p_cutoff) l
    join gaps g on g.sport = s.id and g.from_at < l.at and g.to_at <= p_cutoff limit p_most
  ) o where g.sport = o.sport and g.from_at = o.from_at and g.to_at = o.to_at;
  get diagnostics deleted = row_count;
  is_more := is_more or deleted = p_most;
end $$;

create or replace function forget_events(p_most integer, out is_more boolean)
language plpgsql as $$
begin
  perform 1 from sports order by id for update;
  with gone as (
    delete from events where id in (
      select e.id from events e where not exists (select from series s where s.event = e.id) limit p_most / 10)
    returning id
  ), shapeless as (delete from shapes using gone where shapes.event = gone.id)
  select count(*) = p_most / 10 into is_more from gone;
end $$;
`;
