-- Sends GET with one credential after the other, over and over; prints what came of it for lab/load.ts.
-- Arguments: a file with one credential a line, possibly none.

local requests = {}
local position = 0

function init(arguments)
  for credential in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, { ["Host"] = wrk.headers["Host"], ["Authorization"] = credential })
  end
  if #requests == 0 then requests[1] = wrk.format("GET") end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("counts %d %d %d %d\n", summary.requests, summary.duration, errors.status, broken))
end
