"""What went into the functions: a CycloneDX bill of materials from cargo's locked graph.

It holds nothing that differs from build to build, so that the same lock gives the same bill.
"""

import re
import uuid

# Not shipped, but run while building: scope `excluded`, as CycloneDX calls it.
SHIPPED, BUILD_ONLY = "required", "excluded"
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


def bill(metadata, functions, lock, target):
    """The bill of the functions, from `cargo metadata` for a target, their packages by name, and Cargo.lock."""
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    roots = [package["id"] for package in functions.values()]
    needs = {key: _needs(nodes[key]) for key in nodes}
    shipped = _reached(roots, lambda key: [one for one, kind in needs[key] if kind is None and not _is_macro(packages[one])])
    everything = _reached(roots, lambda key: [one for one, _ in needs[key]])
    sums = _checksums(lock)
    order = sorted(everything, key=lambda key: (packages[key]["name"], packages[key]["version"]))
    top = {"type": "application", "bom-ref": "zhitiao", "name": "zhitiao"}
    depends = {key: sorted({_ref(packages[one]) for one, _ in needs[key]}) for key in order}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, target + lock)}",
        "version": 1,
        "metadata": {"component": top},
        "components": [
            _component(packages[key], SHIPPED if key in shipped else BUILD_ONLY, key in roots, sums) for key in order
        ],
        "dependencies": [
            {"ref": "zhitiao", "dependsOn": sorted(_ref(packages[key]) for key in roots)},
            *({"ref": _ref(packages[key]), "dependsOn": depends[key]} for key in order),
        ],
    }


def _needs(node):
    """What a node needs, with the kind of need: nothing (to run) or "build"; not what only tests need."""
    return [(one["pkg"], kind["kind"]) for one in node["deps"] for kind in one["dep_kinds"] if kind["kind"] != "dev"]


def _is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


def _reached(roots, steps):
    reached, waiting = set(), list(roots)
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting.extend(steps(key))
    return reached


def _component(package, scope, is_function, sums):
    component = {
        "type": "application" if is_function else "library",
        "bom-ref": _ref(package),
        "name": package["name"],
        "version": package["version"],
        "scope": scope,
        "purl": _ref(package),
    }
    if package["license"]:
        # Cargo took a slash for OR before it took SPDX.
        component["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if checksum := sums.get((package["name"], package["version"])):
        component["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return component


def _ref(package):
    return f"pkg:cargo/{package['name']}@{package['version'].replace('+', '%2B')}"


def _checksums(lock):
    """SHA-256 of each crate's archive by name and version. Read by hand: Python has no TOML before 3.11."""
    entry = re.compile(r'^name = "(.+)"\nversion = "(.+)"\n(?:source = ".+"\n)?checksum = "(.+)"$', re.MULTILINE)
    return {(name, version): checksum for name, version, checksum in entry.findall(lock)}
