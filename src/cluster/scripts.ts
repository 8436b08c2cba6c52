/*
 * What must be done in one go in Redis. Scripts with writes may ask for the TIME since Redis 5, as effects are
 * replicated, not scripts. The keys of a board's steps are made in the script: one Redis, not a Redis Cluster.
 */

/**
 * A process is alive. Takes down what it tells of itself, forgets those not heard of in time, and gives or renews the
 * lease. Begins an epoch where there is none, or where the boards here are older than the caller's (a Redis that lost
 * what it had); but what else is lost, the one that holds the lease puts back, and the others wait for that. A lease
 * that is lost is still held by whom it was given to last. Returns [epoch or "", token of the leader or "", ms the lease lasts, heads, others' node infos,
 * the time as TIME gives it, fleets that are alive].
 *
 * KEYS fleets lease fence epoch nodes seen heads boards
 * ARGV id, node info, lease ms, time to live ms, candidate epoch, "1" if it may lead, caller's epoch, token that the
 *      caller holds without a doubt or "", fleet, what that asks for, ms that a fleet's keys are kept, then triples of
 *      sport, version and time of the reading
 */
export const HEARTBEAT = `
local fleets, lease, fence, epochKey, nodes, seen, heads, boards = unpack(KEYS)
local id, nodeInfo, leaseMs, ttl, candidate, mayLead, callersEpoch, token, fleet, asks, keptMs = unpack(ARGV, 1, 11)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', nodes, id, nodeInfo)
redis.call('ZADD', seen, now, id)
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', now - ttl)) do
  redis.call('HDEL', nodes, dead)
  redis.call('ZREM', seen, dead)
end
redis.call('HSET', fleets, fleet, string.format('%.0f ', now) .. asks)
local alive = {}
local known = redis.call('HGETALL', fleets)
for i = 1, #known, 2 do
  local at, what = string.match(known[i + 1], '^(%d+) (.*)$')
  if not at or tonumber(at) <= now - ttl then
    redis.call('HDEL', fleets, known[i])
  elseif known[i] ~= fleet then
    alive[#alive + 1] = known[i]
    alive[#alive + 1] = what
  end
end
local holder = redis.call('GET', lease)
local prefix = id .. ':'
local own = holder and string.sub(holder, 1, #prefix) == prefix
if not holder and token ~= '' and token == prefix .. (redis.call('GET', fence) or '') then
  holder = token
  own = true
  redis.call('SET', lease, holder, 'PX', leaseMs)
end
local sure = own and holder == token
local epoch = redis.call('GET', epochKey)
if sure and not epoch then
  epoch = callersEpoch
  redis.call('SET', epochKey, epoch)
end
local lost = not epoch
if epoch == callersEpoch then
  for i = 12, #ARGV, 3 do
    local head = string.match(redis.call('HGET', heads, ARGV[i]) or '', '^(%d+) %d+$')
    if head then
      if tonumber(head) < tonumber(ARGV[i + 1]) then lost = true end
    elseif sure then
      redis.call('HSET', heads, ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2])
    elseif not holder or own then
      lost = true
    end
  end
end
if lost and (epoch or not holder or own) then
  epoch = candidate
  redis.call('SET', epochKey, epoch)
  redis.call('DEL', heads, boards)
end
if own then
  if mayLead == '1' then redis.call('PEXPIRE', lease, leaseMs) end
elseif not holder and mayLead == '1' and epoch then
  holder = prefix .. redis.call('INCR', fence)
  own = true
  redis.call('SET', lease, holder, 'PX', leaseMs)
end
for _, key in ipairs({ fence, epochKey, nodes, seen, heads, boards }) do redis.call('PEXPIRE', key, keptMs) end
local others = {}
if own then others = redis.call('HGETALL', nodes) end
return { epoch or '', holder or '', redis.call('PTTL', lease), redis.call('HGETALL', heads), others, time, alive }
`;

/**
 * Writes a step and tells everybody, if the caller still holds the lease, in this epoch, and its step follows on what
 * was written last; where that is not there any more, the lease is enough. A lease that is lost is still held by whom
 * it was given to last. Returns 1, or 0 where nothing was done.
 *
 * KEYS lease fence epoch heads boards steps
 * ARGV token, its number, lease ms, epoch, sport, head that it follows on or "", version, time of the reading, message, step or "", steps kept, their time to live ms, channel
 */
export const PUBLISH = `
local lease, fence, epochKey, heads, boards, steps = unpack(KEYS)
local token, number, leaseMs, epoch, sport, follows, version, at, message, step, kept, ttl, channel = unpack(ARGV)
local holder = redis.call('GET', lease)
if not holder and redis.call('GET', fence) == number then
  holder = token
  redis.call('SET', lease, token, 'PX', leaseMs)
end
if holder ~= token or (redis.call('GET', epochKey) or epoch) ~= epoch then return 0 end
if (string.match(redis.call('HGET', heads, sport) or '', '^%d+ %d+$') or follows) ~= follows then return 0 end
redis.call('SET', epochKey, epoch)
redis.call('HSET', heads, sport, version .. ' ' .. at)
redis.call('HSET', boards, sport, message)
if step ~= '' then
  redis.call('RPUSH', steps, step)
  redis.call('LTRIM', steps, -kept, -1)
end
redis.call('PEXPIRE', steps, ttl)
redis.call('PUBLISH', channel, message)
return 1
`;

/** A board with its steps. KEYS boards steps, ARGV sport. Returns [message or nil, steps]. */
export const LOAD = `
return { redis.call('HGET', KEYS[1], ARGV[1]), redis.call('LRANGE', KEYS[2], 0, -1) }
`;

/**
 * Gives the lease up, if the caller holds it, and tells everybody. KEYS lease, ARGV token, channel, message.
 */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
`;

/** Leaves. KEYS nodes seen, ARGV id, channel, message. */
export const LEAVE = `
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
`;

/** The processes that are alive. KEYS lease nodes. Returns [token of the leader or "", node infos]. */
export const PROCESSES = `
return { redis.call('GET', KEYS[1]) or '', redis.call('HGETALL', KEYS[2]) }
`;
