"""What a binary asks of the system that runs it: machine, libraries, and versions of glibc's symbols.

Reads 64-bit little-endian ELF, which is what Lambda runs, from the section headers; `strip` leaves those there.
"""

import re
import struct
from dataclasses import dataclass

MACHINES = {62: "x86_64", 183: "arm64"}

SHT_DYNAMIC = 6
SHT_DYNSYM = 11
SHT_GNU_VERNEED = 0x6FFFFFFE
SHT_GNU_VERSYM = 0x6FFFFFFF
DT_NEEDED = 1
# The loader goes on without the version when this is set, and ends the process when it is not.
VER_FLG_WEAK = 2
VERSYM_HIDDEN = 0x8000


class ElfError(Exception):
    """The file is not a binary that Lambda could run."""


@dataclass(frozen=True)
class Need:
    """A version that a library must define, and the symbols that are bound to it."""

    library: str
    version: str
    is_weak: bool
    symbols: tuple

    @property
    def glibc(self):
        """The version as numbers, such as (2, 34); nothing for what is not glibc's public interface."""
        match = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.(\d+))?", self.version)
        return tuple(int(part) for part in match.groups() if part) if match else None


@dataclass(frozen=True)
class Binary:
    """What one binary asks for."""

    machine: str
    libraries: tuple
    needs: tuple

    @property
    def glibc(self):
        """The highest glibc that must be there."""
        return max((need.glibc for need in self.needs if need.glibc and not need.is_weak), default=None)


@dataclass(frozen=True)
class _Section:
    kind: int
    offset: int
    size: int
    link: int
    info: int


def read(data):
    """Reads the bytes of a binary."""
    if data[:4] != b"\x7fELF":
        raise ElfError("not an ELF file")
    if data[4:6] != b"\x02\x01":
        raise ElfError("not 64-bit little-endian")
    try:
        return _read(data)
    except (struct.error, ValueError, IndexError, KeyError) as error:
        raise ElfError(f"damaged: {error}") from error


def _read(data):
    (machine,) = struct.unpack_from("<H", data, 18)
    sections = _sections(data)
    libraries, needs = [], []
    for section in sections:
        if section.kind == SHT_DYNAMIC:
            strings = sections[section.link]
            for at in range(section.offset, section.offset + section.size, 16):
                tag, value = struct.unpack_from("<qQ", data, at)
                if tag == DT_NEEDED:
                    libraries.append(_string(data, strings, value))
    symbols = _symbols_by_version(data, sections)
    for section in sections:
        if section.kind == SHT_GNU_VERNEED:
            needs.extend(_needs(data, section, sections[section.link], symbols))
    return Binary(MACHINES.get(machine, f"machine {machine}"), tuple(libraries), tuple(needs))


def _sections(data):
    (start,) = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    if not start or not count:
        raise ValueError("no section headers")
    sections = []
    for index in range(count):
        _, kind, _, _, offset, length, link, info, _, _ = struct.unpack_from("<IIQQQQIIQQ", data, start + index * size)
        sections.append(_Section(kind, offset, length, link, info))
    return sections


def _string(data, strings, at):
    start = strings.offset + at
    return data[start : data.index(b"\0", start)].decode("utf-8")


def _symbols_by_version(data, sections):
    """The names of the symbols that are bound to each version's index."""
    found = {}
    for versions in (section for section in sections if section.kind == SHT_GNU_VERSYM):
        symbols = sections[versions.link]
        strings = sections[symbols.link]
        for index in range(versions.size // 2):
            (version,) = struct.unpack_from("<H", data, versions.offset + index * 2)
            (name,) = struct.unpack_from("<I", data, symbols.offset + index * 24)
            found.setdefault(version & ~VERSYM_HIDDEN, []).append(_string(data, strings, name))
    return found


def _needs(data, section, strings, symbols):
    at = section.offset
    for _ in range(section.info):
        _, count, file, first, following = struct.unpack_from("<HHIII", data, at)
        library = _string(data, strings, file)
        entry = at + first
        for _ in range(count):
            _, flags, index, name, after = struct.unpack_from("<IHHII", data, entry)
            names = tuple(sorted(symbols.get(index, ())))
            yield Need(library, _string(data, strings, name), bool(flags & VER_FLG_WEAK), names)
            entry += after
        at += following
