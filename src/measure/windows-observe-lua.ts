import { SHARED_LUA } from './windows-lua.ts'

/** How many users an issue's set holds after it was cut, and how many make it be cut. */
export const EXACT_USERS = 1000
const CUT_ABOVE = EXACT_USERS + 100

/**
 * Counts events, then says the counts after all of them. KEYS[1]: the project's key. ARGV: now, then for each event
 * where its id is kept, its id, when it happened, issue, environment, user, flags (see window-event.ts).
 * Answers: for each event the number of its issue's counts, negative when it was a duplicate; those counts (7 each);
 * the project's. Lifetimes are durations, never dates: the caller's clock need not be the server's.
 */
export const OBSERVE_LUA = `${SHARED_LUA}
local KEEP, FLOW_KEEP, PROJECT_KEEP, FEED_KEEP = 3900000, 360000, 780000, 90000000
local horizons, sketches = {}, {}

local function horizonOf(name)
  if not horizons[name] then horizons[name] = tonumber(redis.call('HGET', base .. ':i:' .. name, 'h') or '0') end
  return horizons[name]
end

local function sketch(name, m, ...)
  local key = base .. ':h:' .. name .. ':' .. m
  redis.call('PFADD', key, ...)
  if not sketches[key] then redis.call('PEXPIRE', key, KEEP) end
  sketches[key] = true
end

-- Keeps the newest users; the sketches take over for those let go.
local function cut(name, size)
  local users = base .. ':z:' .. name
  if horizonOf(name) <= hourAgo then
    local all, byMinute = redis.call('ZRANGE', users, 0, -1, 'WITHSCORES'), {}
    for i = 1, #all, 2 do
      local m = int(math.floor(tonumber(all[i + 1]) / 60000))
      byMinute[m] = byMinute[m] or {}
      table.insert(byMinute[m], all[i])
    end
    for m, list in pairs(byMinute) do sketch(name, m, unpack(list)) end
  end
  local last = size - ${EXACT_USERS} - 1
  local newest = tonumber(redis.call('ZRANGE', users, last, last, 'WITHSCORES')[2])
  redis.call('ZREMRANGEBYRANK', users, 0, last)
  horizons[name] = math.max(horizonOf(name), newest)
  redis.call('HSET', base .. ':i:' .. name, 'h', int(horizons[name]))
end

local function seeUser(name, user, at)
  local users = base .. ':z:' .. name
  if redis.call('ZADD', users, 'GT', at, user) == 1 then
    local size = redis.call('ZCARD', users)
    if size == 1 then redis.call('PEXPIRE', users, KEEP) end
    if size > ${CUT_ABOVE} then
      size = size - redis.call('ZREMRANGEBYSCORE', users, '-inf', int(hourAgo))
      if size > ${CUT_ABOVE} then cut(name, size) end
    end
  end
  if horizonOf(name) > hourAgo then sketch(name, int(math.floor(at / 60000)), user) end
end

-- Once a minute and issue: forget what lies outside the window, live on for an hour.
local function tidy(name)
  local key, users = base .. ':i:' .. name, base .. ':z:' .. name
  for _, field in ipairs(redis.call('HKEYS', key)) do
    local m = tonumber(field)
    if m and m < minute - 60 then redis.call('HDEL', key, field) end
  end
  redis.call('PEXPIRE', key, KEEP)
  redis.call('ZREMRANGEBYSCORE', users, '-inf', int(hourAgo))
  redis.call('PEXPIRE', users, KEEP)
end

local function countFlowEvent(issue, user, at)
  if at <= now - 300000 then return end
  local events, users = base .. ':f:' .. issue, base .. ':g:' .. issue
  local bucket = int(math.floor(at / 10000))
  local fresh = redis.call('HINCRBY', events, bucket, 1) == 1
  if user == '' then redis.call('HINCRBY', events, 'n' .. bucket, 1) end
  if user ~= '' and redis.call('ZADD', users, 'GT', at, user) == 1 then
    local size = redis.call('ZCARD', users)
    if size == 1 then redis.call('PEXPIRE', users, FLOW_KEEP) end
    if size > ${CUT_ABOVE} then redis.call('ZREMRANGEBYRANK', users, 0, size - ${EXACT_USERS} - 1) end
  end
  if not fresh then return end
  for _, field in ipairs(redis.call('HKEYS', events)) do
    if tonumber(string.match(field, '%d+')) < math.floor(now / 10000) - 30 then redis.call('HDEL', events, field) end
  end
  redis.call('ZREMRANGEBYSCORE', users, '-inf', int(now - 300000))
  redis.call('PEXPIRE', events, FLOW_KEEP)
  redis.call('PEXPIRE', users, FLOW_KEEP)
end

local function countUnhandled(issue, at)
  local m = math.floor(at / 60000)
  if m < minute - 9 then return end
  local key = base .. ':s:' .. int(m)
  redis.call('HINCRBY', key, issue, 1)
  if redis.call('HINCRBY', key, '*', 1) == 1 then redis.call('PEXPIRE', key, PROJECT_KEEP) end
end

local function isFirst(where, id)
  local key = base .. ':d:' .. where
  if redis.call('SADD', key, id) == 0 then return false end
  if redis.call('SCARD', key) == 1 then redis.call('PEXPIRE', key, KEEP) end
  return true
end

local function countEvent(i, issue, env, user, flags)
  local at, name = tonumber(ARGV[i + 2]), issue .. ':' .. env
  local m = math.floor(at / 60000)
  if redis.call('HINCRBY', base .. ':i:' .. name, int(m), 1) == 1 then tidy(name) end
  if m < minute then redis.call('HDEL', base .. ':i:' .. name, 'a') end
  if user ~= '' then seeUser(name, user, at) end
  if flags % 2 == 1 then countUnhandled(issue, at) end
  if flags % 4 >= 2 then countFlowEvent(issue, user, at) end
end

local targets, order, places, feed = {}, {}, {}, false
for i = 2, #ARGV, 7 do
  local issue, env, user, flags = ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], tonumber(ARGV[i + 6])
  local name, duplicate = issue .. ':' .. env, false
  if flags % 8 >= 4 then feed = true end
  if flags < 8 then
    if isFirst(ARGV[i], ARGV[i + 1]) then countEvent(i, issue, env, user, flags) else duplicate = true end
  end
  if not targets[name] then
    order[#order + 1] = { issue, env, name }
    targets[name] = #order
  end
  places[#places + 1] = duplicate and -targets[name] or targets[name]
end

if feed then
  local since, last = string.match(redis.call('GET', base .. ':l') or '', '^(%d+):(%d+)$')
  if not since or now - tonumber(last) > 86400000 then since = int(now) end
  redis.call('SET', base .. ':l', since .. ':' .. int(math.max(now, tonumber(last or '0'))), 'PX', FEED_KEEP)
end

local counts = {}
for _, target in ipairs(order) do
  local issue, env, name = target[1], target[2], target[3]
  local key = base .. ':i:' .. name
  local users, exact, fresh = countUsers(name, 1000)
  if fresh then redis.call('HSET', key, 'e', int(fresh), 't', int(now)) end
  local events, whole, edge, kept = eventsIn(key)
  if not kept and redis.call('EXISTS', key) == 1 then
    redis.call('HSET', key, 'a', int(minute), 'p', int(whole), 'b', int(edge))
  end
  local production = env == '' and events or eventsIn(base .. ':i:' .. issue .. ':')
  local flowUsers, flowEvents, flowAnonymous = countFlow(issue)
  for _, n in ipairs({ users, exact, events, production, flowUsers, flowEvents, flowAnonymous }) do
    counts[#counts + 1] = n
  end
end
return { places, counts, countProject() }
`
