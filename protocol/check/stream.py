"""Server-sent events (10.11)."""

import http.client

from .cbor import require


class Stream:
    """A stream as a reader of WHATWG's event streams takes it; what proves nothing is not checked."""

    def __init__(self, authority, path, headers):
        self.connection = http.client.HTTPConnection(authority, timeout=20)
        self.connection.request("GET", path, headers=headers | {"accept": "text/event-stream"})
        self.response = self.connection.getresponse()
        got = (self.response.status, self.response.getheader("content-type"))
        require(got == (200, "text/event-stream"), f"no stream of events: {got}")
        shown = [self.response.getheader(name) for name in ("cache-control", "x-accel-buffering")]
        require(shown == ["no-store, no-transform", "no"], f"headers that let proxies hold back: {shown}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def next(self):
        """The next event as (kind, data), or None when the stream has ended."""
        fields = {}
        while line := self.response.readline():
            line = line.decode().rstrip("\r\n")
            if not line and "data" in fields:
                return fields.get("event", "message"), fields["data"]
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
        return None
