-- Deliveries as NxVET signs them: 20 kB each, three of ten for the second time, one of twenty forged.
-- Arguments: path, secret, organization, seconds. Every thread has ids of its own. A moment before the end nothing new
-- is sent, so that everything was answered: how many different events were honestly sent is known exactly.
local ffi = require("ffi")
ffi.cdef [[
typedef struct evp_md_st EVP_MD;
const EVP_MD *EVP_sha256(void);
unsigned char *HMAC(const EVP_MD *kind, const void *key, int key_length, const unsigned char *text, size_t length,
                    unsigned char *digest, unsigned int *digest_length);
struct moment { long seconds; long nanoseconds; };
int clock_gettime(int clock, struct moment *now);
]]
local crypto = ffi.load("libcrypto.so.3")
local digest, length = ffi.new("unsigned char[32]"), ffi.new("unsigned int[1]")
local moment = ffi.new("struct moment")
local QUIET, NEVER = 0.7, 3600 * 1000
local threads, number = {}, 0

local function clock()
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

function setup(thread)
  number = number + 1
  thread:set("me", number)
  threads[number] = thread
end

local path, secret, head, tail
local newest, honest, stop_at, is_asked = 0, {}, 0, false
ok, refused, put_off, other, sent, distinct, first, last = 0, 0, 0, 0, 0, 0, 0, 0

function init(args)
  path, secret = args[1], args[2]
  head = '","type":"transcript_ready","organizationId":"' .. args[3] ..
    '","timestamp":"2026-02-20T15:00:00+00:00","data":{"text":"'
  local words = {}
  math.randomseed(7 + me)
  while #words < 3300 do words[#words + 1] = string.format("%05x", math.random(0, 1048575)) end
  tail = table.concat(words, " "):sub(1, 20000 - #head - 60) .. '"}}'
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Host"] = "localhost"
  first = clock()
  stop_at = first + tonumber(args[4]) - QUIET
end

-- What is put off for so long is not sent at all.
function delay()
  return clock() < stop_at and 0 or NEVER
end

local function sign(body)
  crypto.HMAC(crypto.EVP_sha256(), secret, #secret, ffi.cast("const unsigned char *", body), #body, digest, length)
  local hex = {}
  for at = 0, 31 do hex[at + 1] = string.format("%02x", digest[at]) end
  return table.concat(hex)
end

function request()
  -- The first one of the first thread is asked for and not sent.
  if me == 1 and not is_asked then
    is_asked = true
    return wrk.format("POST", path, nil, "{}")
  end
  local event
  if newest > 0 and math.random() < 0.3 then
    event = math.random(1, newest)
  else
    newest = newest + 1
    event = newest
  end
  local body = '{"id":"' .. string.format("evt_0190aaaa-%04x-7000-8000-%012x", me, event) .. head .. tail
  local signature = sign(body)
  if math.random() < 0.05 then
    signature = signature:sub(1, 63) .. (signature:sub(64) == "0" and "1" or "0")
  elseif not honest[event] then
    honest[event] = true
    distinct = distinct + 1
  end
  sent = sent + 1
  wrk.headers["X-NerveX-Signature"] = "sha256=" .. signature
  return wrk.format("POST", path, nil, body)
end

function response(status)
  last = clock()
  if status == 200 then ok = ok + 1
  elseif status == 401 then refused = refused + 1
  elseif status == 503 then put_off = put_off + 1
  else other = other + 1 end
end

function done(summary, latency)
  local sum = { ok = 0, refused = 0, put_off = 0, other = 0, sent = 0, distinct = 0 }
  local from, to = math.huge, 0
  for _, thread in ipairs(threads) do
    for name in pairs(sum) do sum[name] = sum[name] + thread:get(name) end
    from, to = math.min(from, thread:get("first")), math.max(to, thread:get("last"))
  end
  local errors = summary.errors
  io.write(string.format(
    '{"seconds":%.3f,"ok":%d,"refused":%d,"put_off":%d,"other":%d,"sent":%d,"distinct":%d,"p50_ms":%.2f,' ..
    '"p99_ms":%.2f,"max_ms":%.2f,"broken":%d}\n', to - from, sum.ok, sum.refused, sum.put_off, sum.other, sum.sent,
    sum.distinct, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    errors.connect + errors.read + errors.write + errors.timeout))
end
