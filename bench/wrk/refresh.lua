-- Refreshes again and again, each time with a token that an answer before has given. The file holds those to begin with.
local tokens, first, last = {}, 1, 0
local form = ""

function init(args)
  form = args[1]
  for line in io.lines(args[2]) do
    last = last + 1
    tokens[last] = line
  end
end

function request()
  local token = tokens[first] or "none"
  tokens[first] = nil
  first = first + 1
  return wrk.format("POST", nil, nil, form .. token)
end

function response(_, _, body)
  local token = body:match('"refresh_token":"([^"]+)"')
  if token ~= nil then
    last = last + 1
    tokens[last] = token
  end
end
