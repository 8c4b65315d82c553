-- The script of wrk. Its arguments: method, the file that holds the body or '-', then names and values of headers.

function init(args)
  wrk.method = args[1]
  if args[2] ~= '-' then
    local file = assert(io.open(args[2], 'rb'))
    wrk.body = file:read('*a')
    file:close()
  end
  for i = 3, #args, 2 do
    wrk.headers[args[i]] = args[i + 1]
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(
    string.format(
      'RESULT {"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"errors":%d}\n',
      summary.requests,
      summary.duration,
      latency:percentile(50),
      latency:percentile(99),
      errors.connect + errors.read + errors.write + errors.status + errors.timeout
    )
  )
end
