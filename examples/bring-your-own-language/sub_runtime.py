"""A sub-runtime that uses nothing of Tributary's: it serves POST / on the port that it is given, and that is all."""

import importlib.util
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

spec = importlib.util.spec_from_file_location("handler", os.environ["SCW_HANDLER_PATH"])
handlers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(handlers)


class SubRuntime(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection, many requests
    wbufsize = -1  # head and body in one packet
    log_request = lambda *_: None

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            handler = getattr(handlers, request["handlerName"])
            self.answer(200, "application/json", json.dumps(handler(request["event"], request["context"])))
        except Exception as error:
            self.answer(500, "text/plain", "{}: {}".format(type(error).__name__, error))

    def answer(self, status, content_type, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", int(os.environ["SCW_UPSTREAM_PORT"])), SubRuntime).serve_forever()
