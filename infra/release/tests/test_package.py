"""What `make package` leaves and refuses."""

import os
import re
import sys
import tempfile
import time
import unittest
import zipfile
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import elf  # noqa: E402
import package  # noqa: E402


def asking(*needs, machine="x86_64", libraries=("libc.so.6",)):
    return mock.patch.object(elf, "read", return_value=elf.Binary(machine, libraries, needs))


class Archives(unittest.TestCase):
    def test_the_same_bytes_give_the_same_archive_at_any_time(self):
        with tempfile.TemporaryDirectory() as folder:
            first = package.lay_out(Path(folder, "a"), "notifier", b"binary" * 1000).read_bytes()
            with mock.patch.dict(os.environ, {"TZ": "Asia/Shanghai"}), mock.patch.object(time, "time", return_value=2e9):
                second = package.lay_out(Path(folder, "b"), "notifier", b"binary" * 1000).read_bytes()
            other = package.lay_out(Path(folder, "c"), "notifier", b"another" * 1000).read_bytes()
        self.assertEqual(first, second)
        self.assertNotEqual(first, other)

    def test_it_holds_an_executable_bootstrap_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder:
            path = package.lay_out(Path(folder), "notifier", b"binary")
            with zipfile.ZipFile(path) as archive:
                (entry,) = archive.infolist()
                self.assertEqual(archive.read(entry), b"binary")
            beside = Path(folder, "notifier/bootstrap")
            self.assertEqual(beside.read_bytes(), b"binary")
            self.assertTrue(os.access(beside, os.X_OK))
            self.assertEqual(sorted(one.name for one in Path(folder).iterdir()), ["notifier", "notifier.zip"])
        self.assertEqual((entry.filename, entry.external_attr >> 16), ("bootstrap", 0o100755))


class Checks(unittest.TestCase):
    def refusal(self, *needs, **binary):
        with asking(*needs, **binary), self.assertRaises(package.Refusal) as caught:
            package.check("notifier", b"", "x86_64")
        return str(caught.exception)

    def test_a_newer_glibc_is_refused_naming_symbols_and_remedy(self):
        said = self.refusal(elf.Need("libc.so.6", "GLIBC_2.35", False, ("epoll_pwait2", "posix_spawn_file_actions")))
        for words in ("2.34", "GLIBC_2.35", "epoll_pwait2, posix_spawn_file_actions", "Amazon Linux 2023"):
            self.assertIn(words, said)

    def test_what_lambda_has_passes_and_so_does_what_can_be_missing(self):
        fitting = elf.Need("libc.so.6", "GLIBC_2.34", False, ("dlsym",))
        weak = elf.Need("libc.so.6", "GLIBC_2.39", True, ("pidfd_spawnp",))
        gcc = elf.Need("libgcc_s.so.1", "GCC_4.2.0", False, ("_Unwind_Resume",))
        with asking(fitting, weak, gcc, libraries=("libc.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2")):
            self.assertEqual(package.check("notifier", b"", "x86_64").glibc, (2, 34))

    def test_another_machine_and_a_strange_library_are_refused(self):
        self.assertIn("arm64", self.refusal(machine="arm64"))
        self.assertIn("libssl.so.3", self.refusal(libraries=("libc.so.6", "libssl.so.3")))


class Manifest(unittest.TestCase):
    def test_a_package_says_its_number_its_archives_and_the_steps_of_the_code(self):
        with tempfile.TemporaryDirectory() as folder:
            package.lay_out(Path(folder), "notifier", b"binary")
            said = package.described(Path(folder), "0.2.0", "arm64", ["case-desk", "notifier"])
            self.assertEqual((said["version"], said["architecture"]), ("0.2.0", "arm64"))
            archive = Path(folder, "notifier.zip").read_bytes()
        self.assertEqual(said["functions"], {"notifier": package.releases.digest(archive)})
        self.assertEqual(set(said) | {"template"}, set(package.releases.Release.__dataclass_fields__))

    def test_the_number_in_cargo_toml_has_its_section_in_the_changelog(self):
        manifest = (package.ROOT / "Cargo.toml").read_text("utf-8")
        version = re.search(r'^version = "(.+)"$', manifest, re.MULTILINE)[1]
        package.releases.numbered(version, (package.ROOT / "docs/CHANGELOG.md").read_text("utf-8"))


class Choice(unittest.TestCase):
    FOUND = {"case-desk": {}, "notifier": {}}

    def test_all_are_built_unless_some_are_named(self):
        self.assertEqual(package.chosen(self.FOUND, []), ["case-desk", "notifier"])
        self.assertEqual(package.chosen(self.FOUND, ["notifier"]), ["notifier"])

    def test_an_unknown_function_is_refused_naming_the_known_ones(self):
        with self.assertRaises(package.Refusal) as caught:
            package.chosen(self.FOUND, ["notifer"])
        self.assertEqual(str(caught.exception), "no such function: notifer (there are case-desk, notifier)")

    def test_an_architecture_that_cannot_be_built_for_says_what_to_do(self):
        foreign = "arm64" if package.platform.machine() == "x86_64" else "x86_64"
        with tempfile.TemporaryDirectory() as folder:
            for has_target, words in ((False, "rustup target add"), (True, "install it")):
                place = folder if has_target else folder + "/away"
                with mock.patch.object(package, "output", return_value=place), mock.patch.object(
                    package.shutil, "which", return_value=None
                ), self.assertRaises(package.Refusal) as caught:
                    package.toolchain(foreign, {})
                self.assertIn(words, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
