"""A folder as an export, by the contract of docs/contract.md. Only Python's own modules; nothing is kept in memory."""

import hashlib
import hmac
import json
import os
import tarfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = os.environ["BACKUP_TOKEN"]
FOLDER = os.environ.get("EXPORT_FOLDER", "/data")


class Chunks:
    """Writes to the client as HTTP chunks and hashes what passes."""

    def __init__(self, out):
        self.out, self.digest = out, hashlib.sha256()

    def write(self, data):
        if data:
            self.digest.update(data)
            self.out.write(b"%x\r\n%s\r\n" % (len(data), bytes(data)))
        return len(data)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def allowed(self):
        if hmac.compare_digest(self.headers.get("Authorization", ""), f"Bearer {TOKEN}"):
            return True
        self.answer(401, {"error": "the token is wrong"})
        return False

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/backup/capabilities":
            if self.allowed():
                self.answer(200, {"version": "v1", "types": ["files"]})
        else:
            self.answer(404, {"error": "there is nothing here"})

    def do_POST(self):
        if not self.path.split("?")[0] == "/backup/export":
            return self.answer(404, {"error": "there is nothing here"})
        if not self.allowed():
            return None
        self.send_response(200)
        self.send_header("X-Format", "tar.gz")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Trailer", "X-Checksum-SHA256")
        self.end_headers()
        out = Chunks(self.wfile)
        # An exception here closes the connection without the last chunk: the agent sees that, and keeps nothing.
        with tarfile.open(fileobj=out, mode="w|gz") as tar:
            tar.add(FOLDER, arcname=".")
        self.wfile.write(f"0\r\nX-Checksum-SHA256: {out.digest.hexdigest()}\r\n\r\n".encode())


ThreadingHTTPServer(("", 8080), Handler).serve_forever()
