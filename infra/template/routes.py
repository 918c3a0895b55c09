"""Routes: every operation of infra/openapi.json, and the pages, led to the function that serves them."""

import json
import re
from collections import Counter

from functions import Unclear
from parts import FOLDER
from shapes import shape

DESCRIPTION = FOLDER.parent / "openapi.json"
METHODS = ("get", "put", "post", "delete", "patch")
# What stands in every path and says nothing.
SILENT = ("v1",)


def operations(path=DESCRIPTION):
    """Every operation as (method, path, its name, whether the public may call it)."""
    for where, item in json.loads(path.read_text("utf-8"))["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield method.upper(), where, operation["operationId"], not operation.get("security")


def resources(functions, described=None):
    """Integration and permission of each function behind the API, then its routes."""
    behind = [function for function in functions if function.is_behind_api]
    for function in behind:
        yield shape("integration", Name=function.id)
        yield shape("api-permission", Name=function.id)
    served = _served(behind, list(described if described is not None else operations()))
    taken = Counter(name for routes in served.values() for name, _, _ in routes)
    if doubled := [name for name, times in taken.items() if times > 1]:
        raise Unclear(f"two routes would be {', '.join(doubled)}: name one under `names`, by its operationId")
    for function in behind:
        routes = served[function.name]
        audience = {(True,): "public", (False,): "for staff"}.get(tuple({public for _, _, public in routes}), "mixed")
        comment = f"# Routes of {function.name}: {audience}.\n"
        for name, key, public in routes:
            yield comment + _route(function, name, key, public)
            comment = ""


def _route(function, name, key, public):
    authorization, authorizer = ("NONE", None) if public else ("JWT", "!Ref StaffAuthorizer")
    return shape("route", name=name, key=key, authorization=authorization, authorizer=authorizer, function=function.id)


def _served(behind, described):
    served = {function.name: [] for function in behind}
    for method, path, operation, public in described:
        owner = _owner(behind, path)
        names = owner.says.get("names", {})
        name = names.get(operation) or named(path)
        served[owner.name].append((f"{name}Route", f"{method} {path}", public))
    for function in behind:
        for name, key in function.says.get("pages", {}).items():
            served[function.name].append((f"{name}PageRoute", key, True))
        known = {operation for _, path, operation, _ in described}
        if unknown := sorted(set(function.says.get("names", {})) - known):
            raise Unclear(f"{function.file} names {', '.join(unknown)}, which is no operation: remove it from `names`")
    return served


def _owner(behind, path):
    """The function with the longest beginning of a path."""
    fitting = [
        (len(begins), index) for index, function in enumerate(behind)
        for begins in function.says.get("routes", []) if path == begins or path.startswith(begins.rstrip("/") + "/")
    ]
    if not fitting:
        raise Unclear(f"no function serves {path}: add its beginning to the `routes` of one")
    return behind[max(fitting)[1]]


def named(path):
    """The name of a route by its path: /v1/desk/cases/{number}/contact is DeskContact, and without `/contact` DeskCase.

    What stands before a parameter is left out where more follows, and else is one of its kind.
    """
    words = [word for word in path.strip("/").split("/") if word not in SILENT]
    kept = []
    for index, word in enumerate(words):
        if word.startswith("{"):
            kept.append(_one(kept.pop())) if index == len(words) - 1 else kept.pop()
        else:
            kept.append(word)
    return "".join(piece.capitalize() for word in kept for piece in re.split("[-.]", word))


def _one(many):
    return many[:-1] if many.endswith("s") else many
