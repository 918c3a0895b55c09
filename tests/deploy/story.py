"""What a resident and the desk do in this test: a report with a photo, and the desk publishes it."""

import struct
import uuid
import zlib

import district
from service import send
from waiting import until


def picture():
    """A PNG file of 64 by 48 pixels that show a slope of gray."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + bytes(4 * x for x in range(64)) for _ in range(48))
    header = struct.pack(">IIBBBBB", 64, 48, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


class Case:
    """A reported case, as its reporter and the desk of its community know it."""

    def __init__(self, service, token):
        _, community = district.officer()
        self.service = service
        self.token = token
        self.photo = picture()
        report = {
            "text": "楼下井盖没了，晚上很危险",
            "community": community,
            "category": district.category(),
            "photos": [{"angle": "front", "content_type": "image/png", "bytes": len(self.photo)}],
            "consents": {"publish": True},
        }
        answer = service.call("POST", "/v1/reports", report, idempotency_key=str(uuid.uuid4()))
        receipt = answer.expect(201)
        self.number, self.tracking = receipt["number"], receipt["tracking_token"]
        [self.grant] = receipt["uploads"]

    def upload(self):
        """Puts the photo where the receipt says."""
        # The client counts the length itself.
        headers = {name: value for name, value in self.grant["headers"].items() if name.lower() != "content-length"}
        send(self.grant["url"], "PUT", self.photo, headers).expect(200)

    def mine(self):
        """The case as its reporter sees it."""
        return self.service.call("GET", "/v1/my/case", tracking_token=self.tracking).expect(200)

    def ready_photo(self):
        """The photo, once it is ready."""

        def ready():
            return next((photo for photo in self.mine().get("photos", []) if photo["state"] == "ready"), None)

        return until(ready, 30, lambda: f"the photo is not ready: {self.mine()}")

    def publish(self):
        """The desk names the kind and puts the case on the board, once it can see the photo."""
        self.ready_photo()
        path = f"/v1/desk/cases/{self.number}"
        shown = self.service.call("GET", path, token=self.token)
        shown.expect(200)
        self.service.call(
            "POST",
            f"{path}/triage",
            {"category": district.category(), "publish": True},
            self.token,
            if_match=shown.headers["ETag"],
            idempotency_key=str(uuid.uuid4()),
        ).expect(200)
