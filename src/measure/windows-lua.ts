/**
 * What the windows' scripts share. Keys of one project, all behind its hash tag:
 *   :d:<minute>:<xx>      ids counted, as integers                 :l            "<feed since>:<feed last>"
 *   :i:<issue>:<env>      hash: minute → events, h e t a p b       :s:<minute>   hash: issue → unhandled events, * → all
 *   :z:<issue>:<env>      users by when they were last seen        :f:<issue>    hash: 10 s → core-flow events
 *   :h:<issue>:<env>:<m>  sketch of a minute's users               :g:<issue>    core-flow users by when last seen
 * env is '' for production. :f counts events without a user once more under n<10 s>. h: when the newest user that had to be let go was last seen; e, t: last estimate, its time.
 *
 * Users are exact as long as nobody who was let go was seen inside the window (h <= its start). Beyond that, sketches
 * (HyperLogLog, standard error 0.81 %) of each minute exist, seeded from the set when it first overflows.
 */
export const SHARED_LUA = `
local base, now = KEYS[1], tonumber(ARGV[1])
local minute, hourAgo = math.floor(now / 60000), now - 3600000
local intoMinute = (now % 60000) / 60000

local function int(n) return string.format('%.0f', n) end
local function after(ms) return '(' .. int(ms) end

local function pairsOf(key)
  local flat, out = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do out[flat[i]] = tonumber(flat[i + 1]) end
  return out
end

-- Events before this minute: those wholly in the window, and those of the minute on its edge. Kept in the hash
-- (p, b, as of minute a) by observe, so that an event need not read sixty numbers.
local function eventsBefore(key)
  local a, p, b = unpack(redis.call('HMGET', key, 'a', 'p', 'b'))
  if a and tonumber(a) == minute then return tonumber(p), tonumber(b), true end
  local whole, edge = 0, 0
  for field, count in pairs(pairsOf(key)) do
    local m = tonumber(field)
    if m and m > minute - 60 and m < minute then whole = whole + count
    elseif m == minute - 60 then edge = count end
  end
  return whole, edge, false
end

-- The minute on the edge counts by its share that lies in the window: users and events spread evenly over it.
local function eventsIn(key)
  local whole, edge, kept = eventsBefore(key)
  local this = tonumber(redis.call('HGET', key, int(minute)) or '0')
  return math.floor(whole + this + edge * (1 - intoMinute) + 0.5), whole, edge, kept
end

local function estimate(name)
  local keys = {}
  for m = minute - 59, minute do keys[#keys + 1] = base .. ':h:' .. name .. ':' .. int(m) end
  local whole = redis.call('PFCOUNT', unpack(keys))
  local edge = base .. ':h:' .. name .. ':' .. int(minute - 60)
  if redis.call('EXISTS', edge) == 0 then return whole end
  keys[#keys + 1] = edge
  return whole + (redis.call('PFCOUNT', unpack(keys)) - whole) * (1 - intoMinute)
end

-- users, 1 when exact, and the estimate when it was made anew
local function countUsers(name, keepEstimateFor)
  local horizon, guess, at = unpack(redis.call('HMGET', base .. ':i:' .. name, 'h', 'e', 't'))
  local known = redis.call('ZCOUNT', base .. ':z:' .. name, after(hourAgo), '+inf')
  if tonumber(horizon or '0') <= hourAgo then return known, 1, nil end
  local fresh = not guess or now - tonumber(at) >= keepEstimateFor
  if fresh then guess = math.floor(estimate(name) + 0.5) end
  return math.max(tonumber(guess), known), 0, fresh and guess or nil
end

-- users, events, and those of the events that name no user
local function countFlow(issue)
  local bucket, whole, edge = math.floor(now / 10000), { [''] = 0, n = 0 }, { [''] = 0, n = 0 }
  for field, count in pairs(pairsOf(base .. ':f:' .. issue)) do
    local mark, digits = string.match(field, '^(n?)(%d+)$')
    local b = tonumber(digits)
    if b > bucket - 30 then whole[mark] = whole[mark] + count elseif b == bucket - 30 then edge[mark] = count end
  end
  if whole[''] + edge[''] == 0 then return 0, 0, 0 end
  local users = redis.call('ZCOUNT', base .. ':g:' .. issue, after(now - 300000), '+inf')
  local share = 1 - (now % 10000) / 10000
  return users, math.floor(whole[''] + edge[''] * share), math.floor(whole.n + edge.n * share)
end

-- this minute, worst minute, last 10 minutes, feed since, feed last
local function countProject()
  local worst, sum, this = 0, 0, 0
  for m = minute - 9, minute do
    this = tonumber(redis.call('HGET', base .. ':s:' .. int(m), '*') or '0')
    worst, sum = math.max(worst, this), sum + this
  end
  local since, last = string.match(redis.call('GET', base .. ':l') or '', '^(%d+):(%d+)$')
  return { this, worst, sum, tonumber(since or '-1'), tonumber(last or '-1') }
end
`
