# A sub-runtime for functions in Ruby that uses nothing of Tributary's: it serves POST /, a thread for each connection.
require 'json'
require 'socket'

$stdout.sync = true
socket = ENV['SCW_UPSTREAM_SOCKET']
server = socket ? UNIXServer.new(socket) : TCPServer.new('127.0.0.1', ENV.fetch('SCW_UPSTREAM_PORT'))
path = ENV.fetch('SCW_HANDLER_PATH')
FUNCTIONS = Module.new { extend self }
FUNCTIONS.module_eval(File.read(path, encoding: 'UTF-8'), path)

def run(invocation)
  name = invocation['handlerName']
  raise NameError, "the handler has no function #{name}" unless FUNCTIONS.public_method_defined?(name, false)

  case result = FUNCTIONS.public_send(name, invocation['event'], invocation['context'])
  when nil then [200, 'text/plain; charset=utf-8', '']
  when String then [200, 'text/plain; charset=utf-8', result]
  else [200, 'application/json', JSON.generate(result)]
  end
rescue ScriptError, StandardError => e
  [500, 'text/plain; charset=utf-8', "#{e.class}: #{e.message}"]
end

def serve(connection)
  while connection.gets # the request line, of which there is but one
    Thread.current[:busy] = true
    head = connection.gets("\r\n\r\n")
    invocation = JSON.parse(connection.read(head[/^content-length: *(\d+)/i, 1].to_i), max_nesting: false)
    status, type, body = run(invocation)
    connection.write("HTTP/1.1 #{status} -\r\nContent-Type: #{type}\r\nContent-Length: #{body.bytesize}\r\n\r\n", body)
    Thread.current[:busy] = false
  end
rescue StandardError # the client went away within a request
ensure
  Thread.current[:busy] = false
  connection.close
end

begin
  loop { Thread.start(server.accept) { |connection| serve(connection) } }
rescue SignalException # SIGTERM: what is in flight is answered, then it ends
  sleep 0.01 while Thread.list.any? { |thread| thread[:busy] }
end
