-- What wrk sends: requests that were signed in advance, each made of a template and a line of fields.
--   wrk ... -- <template file> <fields file> <connections> [<requests a second> <requests in all>]
-- Without a rate each connection sends as soon as it is answered, until wrk's duration or the lines run out. With one, requests
-- have slots at that rate, whichever connection is free; after the last one is answered wrk is told to end.

local ffi = require('ffi')
ffi.cdef([[
  typedef struct { long seconds; long nanoseconds; } bench_time;
  int clock_gettime(int clock, bench_time *time);
  int getpid(void);
  int kill(int pid, int signal);
]])

local CLOCK_MONOTONIC = 1
local SIGINT = 2

-- Longer than any run: a connection that has nothing left to send.
local NEVER_MS = 3600000

local pieces, lines, fields = {}, nil, {}
local isVerified = false
local threads = {}

-- Lua's own states are apart, one per thread: what `done` is to know is asked of the thread.
sent = 0
ranOut = 0

function setup(thread)
  table.insert(threads, thread)
end

local function nowMs()
  local time = ffi.new('bench_time')
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.seconds) * 1000 + tonumber(time.nanoseconds) / 1000000
end

local function endRun()
  ffi.C.kill(ffi.C.getpid(), SIGINT)
end

-- Text, number of a field, text, number of a field, ..., text.
local function readTemplate(file)
  local text = assert(io.open(file, 'rb')):read('*a')
  local from = 1
  for before, number, after in text:gmatch('()%{(%d+)%}()') do
    table.insert(pieces, text:sub(from, before - 1))
    table.insert(pieces, tonumber(number))
    from = after
  end
  table.insert(pieces, text:sub(from))
end

local function readFields()
  local line = lines:read('*l')
  if not line then
    ranOut = 1
    return endRun()
  end
  fields = {}
  for field in line:gmatch('[^\t]+') do
    table.insert(fields, field)
  end
end

local function paced(connections, rate, total)
  local claimed, idle, startedAt = 0, 0, nil
  return function()
    startedAt = startedAt or nowMs()
    if claimed >= total then
      idle = idle + 1
      if idle == connections then
        endRun()
      end
      return NEVER_MS
    end
    local slotMs = startedAt + claimed * 1000 / rate
    claimed = claimed + 1
    return math.max(0, math.floor(slotMs - nowMs() + 0.5))
  end
end

function init(args)
  readTemplate(args[1])
  lines = assert(io.open(args[2], 'rb'))
  readFields()
  if args[4] then
    delay = paced(tonumber(args[3]), tonumber(args[4]), tonumber(args[5]))
  end
end

function request()
  -- wrk asks for one before it begins, and does not send it.
  if isVerified then
    if sent > 0 then
      readFields()
    end
    sent = sent + 1
  end
  isVerified = true
  local parts = {}
  for i, piece in ipairs(pieces) do
    parts[i] = i % 2 == 1 and piece or fields[piece]
  end
  return table.concat(parts)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(
    string.format(
      'REPORT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"p999":%d,"max":%d,"ranOut":%d,'
        .. '"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}\n',
      summary.requests,
      summary.duration,
      latency:percentile(50),
      latency:percentile(99),
      latency:percentile(99.9),
      latency.max,
      threads[1]:get('ranOut'),
      errors.connect,
      errors.read,
      errors.write,
      errors.timeout,
      errors.status
    )
  )
end
