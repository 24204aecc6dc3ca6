"""A small server of an exported SavedModel, on this machine alone.

python -m tests.robustness.server SAVED_MODEL

Prints its port when it is warm (the first call optimizes the graph). It takes
a picture in the body of a request, and answers with its score and status; requests
without a length, or longer than 16 MiB, are refused.
"""

import http.server
import json
import sys

import tensorflow as tf

_MOST_BYTES = 16 << 20


def main() -> None:
    """Serves until the process is ended."""
    model = tf.saved_model.load(sys.argv[1])
    score = model.signatures["serving_bytes"]
    score(bytes=tf.constant([b"warm"]))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # Connections stay open.
        timeout = 30

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", -1))
            if not 0 <= length <= _MOST_BYTES:
                self.send_error(413)
                self.close_connection = True
                return
            outputs = score(bytes=tf.constant([self.rfile.read(length)]))
            answer = json.dumps(
                {
                    "score": float(outputs["score"][0]),
                    "status": outputs["status"][0].numpy().decode(),
                }
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
