def handle(event, context):
    return {"statusCode": 200, "body": "Hello from a sub-runtime of your own\n"}
