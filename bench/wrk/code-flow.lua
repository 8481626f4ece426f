-- Takes turns: an authorization request whose answer holds a code, and the trade of a code for tokens.
local codes, first, last = {}, 1, 0
local form, authorize = "", ""

function init(args)
  form = args[1]
  authorize = args[2]
end

function request()
  if first > last then return wrk.format("GET", authorize) end
  local code = codes[first]
  codes[first] = nil
  first = first + 1
  return wrk.format("POST", nil, nil, form .. code)
end

function response(_, headers, _)
  local location = headers["location"]
  if location ~= nil then
    last = last + 1
    -- A redirect without a code is a refusal, and then the trade fails too, and is counted.
    codes[last] = location:match("[?&]code=([^&]+)") or "none"
  end
end
