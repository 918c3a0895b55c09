"""Builds the functions for Lambda and leaves for each, under dist/, what infra/template.yaml and AWS want.

dist/<function>/bootstrap is the binary, dist/<function>.zip the same as an archive whose bytes follow from the binary
alone, dist/release.json which release they are, dist/sbom.cdx.json what went into all of them. Used by `make package`.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import elf  # noqa: E402 - found beside this file
import releases  # noqa: E402
import sbom  # noqa: E402
from cloud import CloudError  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
PROFILE = "lambda"
TARGETS = {"x86_64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}
# What provided.al2023 has.
GLIBC = (2, 34)
LIBRARIES = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libgcc_s.so.1"}
LOADERS = ("ld-linux-x86-64.so", "ld-linux-aarch64.so")
# The first day that a zip archive can express: the same for every build.
EPOCH = (1980, 1, 1, 0, 0, 0)


class Refusal(Exception):
    """A reason not to go on, for people."""


def functions(metadata):
    """Package and binary of each member under functions/, by the function's name."""
    folder = Path(metadata["workspace_root"]) / "functions"
    found = {}
    for package in metadata["packages"]:
        if Path(package["manifest_path"]).is_relative_to(folder):
            (binary,) = [target["name"] for target in package["targets"] if "bin" in target["kind"]]
            found[binary] = package
    return dict(sorted(found.items()))


def chosen(found, names):
    """The functions that were asked for; all when none was named."""
    if strangers := sorted(set(names) - set(found)):
        raise Refusal(f"no such function: {', '.join(strangers)} (there are {', '.join(found)})")
    return [name for name in found if not names or name in names]


def toolchain(arch, environment):
    """The `--target` arguments for an architecture, after checking that this machine can build for it."""
    target = TARGETS[arch]
    if f"{platform.machine()}-unknown-linux-gnu" == target:
        return []
    folder = output(["rustc", "--print", "target-libdir", "--target", target], environment).strip()
    if not Path(folder).is_dir():
        raise Refusal(f"Rust cannot build for {arch} yet: run `rustup target add {target}`")
    linker = f"{target.split('-', maxsplit=1)[0]}-linux-gnu-gcc"
    variable = f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER"
    if variable not in environment:
        if not shutil.which(linker):
            raise Refusal(f"linking for {arch} needs {linker}: install it, name another in {variable}, or build on {arch}")
        environment[variable] = linker
    return ["--target", target]


def build(cargo, packages, names, arch, with_empty=False):
    """Builds the chosen binaries; answers where they lie.

    All functions are selected and only some built: features are then the same whatever is chosen, and so are the bytes.
    """
    environment = dict(os.environ)
    target = toolchain(arch, environment)
    home = environment.get("CARGO_HOME", str(Path.home() / ".cargo"))
    # Where it was built must not be in the binary.
    remap = [f"--remap-path-prefix={ROOT}=/zhitiao", f"--remap-path-prefix={home}=/cargo"]
    environment["RUSTFLAGS"] = " ".join([environment.get("RUSTFLAGS", ""), *remap]).strip()
    command = [cargo, "build", "--locked", "--profile", PROFILE, *target]
    for package in packages.values():
        command += ["--package", package["name"]]
    wanted = [argument for name in names for argument in ("--bin", name)]
    yardsticks = [("zhitiao-runtime", "empty"), ("zhitiao-report-intake", "connected")] if with_empty else []
    others = [["--package", package, "--example", example] for package, example in yardsticks]
    for what in (wanted, *others):
        if subprocess.run([*command, *what], cwd=ROOT, env=environment).returncode:
            raise Refusal("the build failed")
    folder = Path(environment.get("CARGO_TARGET_DIR", ROOT / "target"))
    return folder / Path(*target[1:]) / PROFILE


def check(name, data, arch):
    """Reads the binary and refuses it when Lambda could not run it."""
    binary = elf.read(data)
    if binary.machine != arch:
        raise Refusal(f"{name} is built for {binary.machine} and not for {arch}")
    strange = [one for one in binary.libraries if one not in LIBRARIES and not one.startswith(LOADERS)]
    if strange:
        raise Refusal(f"{name} needs {', '.join(strange)}, which provided.al2023 may not have")
    new = [need for need in binary.needs if not need.is_weak and (need.glibc or GLIBC) > GLIBC]
    if new:
        lines = [f"  {need.version} of {need.library} for {', '.join(need.symbols)}" for need in new]
        raise Refusal(
            f"{name} needs a newer glibc than the {dotted(GLIBC)} of provided.al2023:\n" + "\n".join(lines) + "\n"
            "Build it where glibc is that old: on Amazon Linux 2023 (such as the container image amazonlinux:2023)."
        )
    return binary


def archive(path, data):
    """Writes a zip with the binary as `bootstrap`; the same bytes give the same archive."""
    entry = zipfile.ZipInfo("bootstrap", EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o100755 << 16
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w") as file:
        file.writestr(entry, data, compresslevel=9)
    part.replace(path)


def lay_out(dist, name, data):
    """Puts binary and archive of a function where they are looked for; answers the archive's path."""
    folder = dist / name
    folder.mkdir(parents=True, exist_ok=True)
    bootstrap = folder / "bootstrap"
    bootstrap.write_bytes(data)
    bootstrap.chmod(0o755)
    archived = dist / f"{name}.zip"
    archive(archived, data)
    return archived


def described(dist, version, arch, names):
    """What dist/release.json says: the number, and the functions that are there, also those of an earlier build."""
    needs, steps = releases.data_known((ROOT / "shared/store/src/schema.rs").read_text("utf-8"))
    there = [name for name in names if (dist / f"{name}.zip").is_file()]
    functions = {name: releases.digest((dist / f"{name}.zip").read_bytes()) for name in there}
    return {"version": version, "architecture": arch, "functions": functions, "needs": needs, "steps": steps}


def table(rows):
    """Rows as text in columns; the first row is the head, and its width is everybody's."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def dotted(version):
    return ".".join(map(str, version)) if version else "none"


def output(command, environment=None):
    """What a program prints; its own message when it fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Refusal(f"{command[0]} is not installed") from error
    if done.returncode:
        raise Refusal(done.stderr.strip())
    return done.stdout


def main(arguments):
    parser = argparse.ArgumentParser(description="Builds the functions for Lambda under dist/.")
    parser.add_argument("functions", nargs="*", help="only these functions; all by default")
    parser.add_argument("--arch", choices=sorted(TARGETS), default="x86_64", help="what the functions run on")
    parser.add_argument("--version", default="", help="the number of the release; that of Cargo.toml by default")
    parser.add_argument("--cargo", default=os.environ.get("CARGO", "cargo"), help=argparse.SUPPRESS)
    parser.add_argument("--with-empty", action="store_true", help="also build the functions that do next to nothing, to compare")
    parser.add_argument("--quiet", action="store_true", help="say nothing about what was built")
    options = parser.parse_args(arguments)

    target = TARGETS[options.arch]
    graph = [options.cargo, "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    metadata = json.loads(output(graph))
    packages = functions(metadata)
    names = chosen(packages, options.functions)
    version = options.version or next(iter(packages.values()))["version"]
    version = releases.numbered(version, (ROOT / "docs/CHANGELOG.md").read_text("utf-8"))
    built = build(options.cargo, packages, names, options.arch, options.with_empty)
    rows = [("function", "binary bytes", "zip bytes", "glibc", "SHA-256 of the zip")]
    for name in names:
        data = (built / name).read_bytes()
        binary = check(name, data, options.arch)
        zipped = lay_out(DIST, name, data).read_bytes()
        rows.append((name, len(data), len(zipped), dotted(binary.glibc), hashlib.sha256(zipped).hexdigest()))
    bill = sbom.bill(metadata, packages, (ROOT / "Cargo.lock").read_text("utf-8"), target)
    (DIST / "sbom.cdx.json").write_text(json.dumps(bill, indent=1, ensure_ascii=False) + "\n", "utf-8")
    release = described(DIST, version, options.arch, packages)
    (DIST / releases.MANIFEST).write_text(json.dumps(release, indent=1) + "\n", "utf-8")
    if options.quiet:
        return
    print(table(rows))
    print(f"dist/{releases.MANIFEST}: release {version}")
    print(f"dist/sbom.cdx.json: {len(bill['components'])} components")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Refusal, CloudError, elf.ElfError) as refusal:
        sys.exit(f"package: {refusal}")
