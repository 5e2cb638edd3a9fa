import { SHARED_LUA } from './windows-lua.ts'

/** The counts of an issue and its project, changing nothing. ARGV: now, issue, environment ('' is production). */
export const READ_LUA = `${SHARED_LUA}
local issue, env = ARGV[2], ARGV[3]
local users, exact = countUsers(issue .. ':' .. env, 0)
local events = eventsIn(base .. ':i:' .. issue .. ':' .. env)
local production = eventsIn(base .. ':i:' .. issue .. ':')
local flowUsers, flowEvents, flowAnonymous = countFlow(issue)
return { { users, exact, events, production, flowUsers, flowEvents, flowAnonymous }, countProject() }
`

/** Issues with unhandled events in production in the last 10 minutes, largest first. ARGV: now, at most how many. */
export const SUSPECTS_LUA = `${SHARED_LUA}
local events = {}
for m = minute - 9, minute do
  for issue, count in pairs(pairsOf(base .. ':s:' .. int(m))) do
    if issue ~= '*' then events[issue] = (events[issue] or 0) + count end
  end
end
local order = {}
for issue in pairs(events) do order[#order + 1] = issue end
table.sort(order, function(a, b)
  if events[a] ~= events[b] then return events[a] > events[b] end
  return a < b
end)
local out = {}
for i = 1, math.min(#order, tonumber(ARGV[2])) do
  local users = redis.call('ZCOUNT', base .. ':z:' .. order[i] .. ':', after(now - 600000), '+inf')
  out[i] = { order[i], events[order[i]], users }
end
return out
`
