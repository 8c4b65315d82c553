# SCW_HANDLER_PATH=…/hello.py SCW_HANDLER_NAME=handle


def handle(event, context):
    """Answers an HTTP request, a tick of a schedule and a message alike: the event says where it comes from."""
    print("reached by", event["requestContext"]["eventType"])
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain; charset=utf-8"},
        "body": "Hello {}, from {}\n".format(event["body"] or "world", context["functionName"] or "a function"),
    }
