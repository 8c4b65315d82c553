def handle(event, context)
  puts "reached by #{event['requestContext']['eventType']}"
  name = event['body'].empty? ? 'world' : event['body']
  { statusCode: 200, body: "Hello #{name}, from #{context['functionName']}\n" }
end
