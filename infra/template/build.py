"""Writes infra/template.yaml from the parts in this folder: `make template`. With --check it says what differs.

A part is YAML. An entry with a `Type` passes as it is written, and gets the tags of the stack; the others are short
forms, and every function of the folder `functions` is one. What a short form becomes stands in `shapes.yaml`.
"""

import difflib
import sys
import textwrap

import console
import data
import functions as functions_of
import parameters
import routes
import watch
from parts import FOLDER, part

TEMPLATE = FOLDER.parent / "template.yaml"
GENERATED = "# Generated: edit infra/template/, and run `make template`.\n"
RULER = "# " + "=" * 100 + "\n"


def section(name, *sentences):
    """The head of a section of the resources."""
    return RULER + "".join(f"# {sentence}\n" for sentence in (name, *sentences)) + RULER


def built():
    """The template."""
    functions, stored = functions_of.load(), part("data.yaml")
    tables = data.indexes(stored)
    groups = watch.Groups(functions, tables)
    alarms = watch.alarms(part("watch.yaml"), functions)
    names = [name for name, _, _ in alarms]
    buckets = data.buckets(stored)
    resources = [
        *data.resources(part("api.yaml")),
        *routes.resources(functions),
        *data.resources(part("front.yaml")),
        *data.resources(stored, functions),
        *_functions(functions, buckets),
        *_schedules(functions),
        *data.resources(part("backup.yaml")),
        *(text.replace("«alarms»", _listed(names)) for text in data.resources(part("alarms.yaml"))),
        *watch.resources(alarms, groups),
        *_console(functions, groups, names),
    ]
    body = "\n\n".join(text.strip("\n") for text in resources) + "\n"
    return "".join([
        GENERATED, _written("head.yaml"), parameters.groups(), "\n", parameters.resources(), "\n",
        _written("rules.yaml"), "\nResources:\n", textwrap.indent(body, "  "), "\n", _written("outputs.yaml"),
    ])


def _written(name):
    return (FOLDER / name).read_text("utf-8")


def _listed(names):
    return "\n" + "\n".join(f"            - !Ref {name}" for name in names)


def _functions(functions, buckets):
    head = section(
        "Functions",
        "Per function: the function, its role, its logs. A role lists actions and names tables and indexes; a",
        "transaction is authorized as the puts, updates, deletes and condition checks in it. Only X-Ray knows no",
        "narrower resource than `*`.",
    )
    for function in functions:
        for text in functions_of.resources(function, buckets):
            yield head + text
            head = ""
    yield functions_of.release_role(functions)


def _schedules(functions):
    head = section(
        "Schedules",
        "A schedule is only a tick. Due work is found by query: a lost tick is healed by the next, a double one is",
        "harmless.",
    )
    for text in functions_of.schedules(functions):
        yield head + text
        head = ""


def _console(functions, groups, alarms):
    head = section("Console", "What an operator sees at a glance, and the questions that come up again and again.")
    for text in console.resources(functions, groups, alarms):
        yield head + text
        head = ""


def main(arguments):
    """Writes the template, or says what differs."""
    try:
        text = built()
    except functions_of.Unclear as unclear:
        sys.exit(f"infra/template: {unclear}")
    if arguments != ["--check"]:
        TEMPLATE.write_text(text, "utf-8")
        return
    written = TEMPLATE.read_text("utf-8")
    if written != text:
        names = {"fromfile": "infra/template.yaml", "tofile": "its parts", "lineterm": "", "n": 1}
        lines = list(difflib.unified_diff(written.splitlines(), text.splitlines(), **names))
        sys.exit("\n".join([*lines[:40], "infra/template.yaml is not what its parts say: run `make template`"]))


if __name__ == "__main__":
    main(sys.argv[1:])
