-- Sends the same form again and again.
function init(args)
  wrk.method = "POST"
  wrk.body = args[1]
end
