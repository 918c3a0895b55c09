"""Reading binaries, on ones that are made here: what they ask for is then known."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import elf  # noqa: E402

# A library that calls itself libc, with a symbol of an old and one of a far newer glibc.
LIBRARY = "int old_one(void) { return 0; }\nint new_one(void) { return 0; }\n"
VERSIONS = "GLIBC_2.5 { global: old_one; local: *; };\nGLIBC_2.99 { global: new_one; } GLIBC_2.5;\n"
OLD = "int old_one(void);\nvoid _start(void) { old_one(); }\n"
NEW = "int old_one(void);\nint new_one(void);\nvoid _start(void) { old_one(); new_one(); }\n"


def compiled(folder, name, source, *options):
    """Compiles C without the system's own libraries; answers the path."""
    path = Path(folder, name)
    path.with_suffix(".c").write_text(source, "utf-8")
    command = ["cc", "-nostdlib", "-fPIC", str(path.with_suffix(".c")), *options, "-o", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


class Needs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, folder)
        script = Path(folder, "versions")
        script.write_text(VERSIONS, "utf-8")
        library = compiled(
            folder, "libfake.so", LIBRARY, "-shared", "-Wl,-soname,libc.so.6", f"-Wl,--version-script,{script}"
        )
        cls.old = compiled(folder, "old", OLD, f"-L{folder}", "-lfake").read_bytes()
        cls.new = compiled(folder, "new", NEW, f"-L{folder}", "-lfake").read_bytes()
        stripped = compiled(folder, "stripped", NEW, f"-L{folder}", "-lfake", "-Wl,--strip-all")
        cls.stripped = stripped.read_bytes()
        cls.library = library.read_bytes()

    def test_the_highest_glibc_is_that_of_the_newest_symbol(self):
        self.assertEqual(elf.read(self.old).glibc, (2, 5))
        self.assertEqual(elf.read(self.new).glibc, (2, 99))

    def test_each_version_names_its_library_and_symbols_also_when_stripped(self):
        for data in (self.new, self.stripped):
            binary = elf.read(data)
            self.assertEqual(binary.libraries, ("libc.so.6",))
            found = {need.version: (need.library, need.symbols, need.is_weak) for need in binary.needs}
            self.assertEqual(found["GLIBC_2.99"], ("libc.so.6", ("new_one",), False))
            self.assertEqual(found["GLIBC_2.5"], ("libc.so.6", ("old_one",), False))

    def test_a_version_that_the_loader_can_do_without_does_not_count(self):
        weak = elf.Need("libc.so.6", "GLIBC_2.99", True, ("new_one",))
        strong = elf.Need("libc.so.6", "GLIBC_2.5", False, ("old_one",))
        self.assertEqual(elf.Binary("x86_64", ("libc.so.6",), (weak, strong)).glibc, (2, 5))

    def test_versions_are_compared_as_numbers(self):
        needs = tuple(elf.Need("libc.so.6", f"GLIBC_{v}", False, ()) for v in ("2.9", "2.10", "2.2.5"))
        self.assertEqual(elf.Binary("x86_64", (), needs).glibc, (2, 10))

    def test_what_defines_versions_and_needs_none_has_none(self):
        self.assertIsNone(elf.read(self.library).glibc)

    def test_what_is_no_binary_is_refused(self):
        whole = self.new
        for data in (b"", b"#!/bin/sh\n", b"\x7fELF\x01\x01" + bytes(60), whole[:70], whole[: len(whole) // 2]):
            with self.assertRaises(elf.ElfError):
                elf.read(data)


if __name__ == "__main__":
    unittest.main()
