/*
 * What must be done in one go in Redis. Scripts with writes may ask for the TIME since Redis 5, as effects are
 * replicated, not scripts. The keys of a board's steps are made in the script: one Redis, not a Redis Cluster.
 */

/**
 * A process is alive. Takes down what it tells of itself, forgets those not heard of in time, begins an epoch where
 * there is none or where the boards here are older than the caller's (a Redis that lost what it had), and gives or
 * renews the lease. Returns [epoch, token of the reader or "", ms the lease lasts, heads, others' presence].
 *
 * KEYS lease fence epoch nodes seen heads boards
 * ARGV id, presence, lease ms, time to live ms, candidate epoch, "1" if it may read, caller's epoch, then pairs of sport and version
 */
export const HEARTBEAT = `
local lease, fence, epochKey, nodes, seen, heads, boards = unpack(KEYS)
local id, presence, leaseMs, ttl, candidate, mayRead, callersEpoch = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', nodes, id, presence)
redis.call('ZADD', seen, now, id)
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', now - ttl)) do
  redis.call('HDEL', nodes, dead)
  redis.call('ZREM', seen, dead)
end
local epoch = redis.call('GET', epochKey)
local lost = not epoch
if epoch == callersEpoch then
  for i = 8, #ARGV, 2 do
    local head = redis.call('HGET', heads, ARGV[i])
    if not head or tonumber(string.match(head, '^%d+')) < tonumber(ARGV[i + 1]) then lost = true end
  end
end
if lost then
  epoch = candidate
  redis.call('SET', epochKey, epoch)
  redis.call('DEL', heads, boards)
end
local holder = redis.call('GET', lease)
local prefix = id .. ':'
if holder and string.sub(holder, 1, #prefix) == prefix then
  if mayRead == '1' then redis.call('PEXPIRE', lease, leaseMs) end
elseif not holder and mayRead == '1' then
  holder = prefix .. redis.call('INCR', fence)
  redis.call('SET', lease, holder, 'PX', leaseMs)
end
local others = {}
if holder and string.sub(holder, 1, #prefix) == prefix then others = redis.call('HGETALL', nodes) end
return { epoch, holder or '', redis.call('PTTL', lease), redis.call('HGETALL', heads), others }
`;

/**
 * Writes a step and tells everybody, if the caller still holds the lease, in this epoch, and its step follows on what
 * was written last. Returns 1, or 0 where nothing was done.
 *
 * KEYS lease epoch heads boards steps
 * ARGV token, epoch, sport, version it is made of, version, time of the reading, message, step or "", steps kept, their time to live ms, channel
 */
export const PUBLISH = `
local lease, epochKey, heads, boards, steps = unpack(KEYS)
local token, epoch, sport, from, version, at, message, step, kept, ttl, channel = unpack(ARGV)
if redis.call('GET', lease) ~= token or redis.call('GET', epochKey) ~= epoch then return 0 end
local head = redis.call('HGET', heads, sport)
if (head and string.match(head, '^%d+') or '0') ~= from then return 0 end
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

/** The processes that are alive. KEYS lease nodes. Returns [token of the reader or "", presences]. */
export const PROCESSES = `
return { redis.call('GET', KEYS[1]) or '', redis.call('HGETALL', KEYS[2]) }
`;
