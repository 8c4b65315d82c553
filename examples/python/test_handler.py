import unittest

from handler import handle


def greeting(kind, **members):
    event = {"requestContext": {"eventType": kind}, "body": "", "queryStringParameters": {}, **members}
    return handle(event, {"functionName": "hello"})["body"]


class HandlerTest(unittest.TestCase):
    def test_greets_whoever_a_request_names(self):
        self.assertEqual(greeting("http", queryStringParameters={"name": "Ada"}), "Hello Ada, from hello\n")

    def test_greets_whoever_a_message_names(self):
        self.assertEqual(greeting("nats", body="Ada"), "Hello Ada, from hello\n")

    def test_greets_the_world_on_a_schedule(self):
        self.assertEqual(greeting("cron"), "Hello world, from hello\n")
