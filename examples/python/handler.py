def handle(event, context):
    """Greets whoever an HTTP request or a message names. A tick of a schedule is an event like any other: the event says
    where it comes from."""
    print("reached by", event["requestContext"]["eventType"])
    name = event["body"] or event["queryStringParameters"].get("name") or "world"
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain; charset=utf-8"},
        "body": "Hello {}, from {}\n".format(name, context["functionName"] or "a function"),
    }
