"""A receiver of webhooks on this machine: what comes is kept."""

import http.server
import json
import threading


class Receiver:
    """Takes every message."""

    def __init__(self):
        self.got = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        """Where it listens."""
        return f"http://127.0.0.1:{self.server.server_port}/"

    def about(self, number):
        """What came about a case."""
        return [(headers, body) for headers, body in self.got if number in json.dumps(body)]

    def close(self):
        """Takes no more."""
        self.server.shutdown()
        self.server.server_close()
