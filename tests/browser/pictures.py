"""Photos as files: PNG of noise, which no compression makes small."""

import random
import struct
import zlib


def picture(seed, width=64, height=48):
    """A PNG file, as large as its size: about three bytes a pixel."""
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(3 * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 1)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def file(seed, **size):
    """A photo as a person chooses it in a form."""
    return {"name": f"photo-{seed}.png", "mimeType": "image/png", "buffer": picture(seed, **size)}


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
