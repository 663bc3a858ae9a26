-- The records' addresses in turn, as wrk asks for them; the file has one a line.
local paths, at = {}, 0
function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  wrk.headers["Authorization"] = "Bearer " .. args[2]
end
function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
