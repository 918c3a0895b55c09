"""Parameters, by the groups in which the console shows them."""

import re

from functions import Unclear
from parts import part
from shapes import flow

PATTERNS = "Patterns"


def _read():
    found = part("parameters.yaml")
    patterns = next(entry.values for entry in found if entry.name == PATTERNS)
    return [entry for entry in found if entry.name != PATTERNS], patterns


def groups():
    """The part of the Metadata that tells the console which parameters belong together."""
    lines = ["  AWS::CloudFormation::Interface:", "    ParameterGroups:"]
    for entry in _read()[0]:
        lines += [f"      - Label: {{ default: {entry.name} }}", f"        Parameters: {flow(entry.values)}"]
    return "\n".join(lines) + "\n"


def resources():
    """The parameters, with their types."""
    entries, patterns = _read()
    lines = ["Parameters:"]
    for entry in entries:
        for name, says in entry.values.items():
            lines += [f"  {name}:", *(f"    {line}" for line in _lines(name, says, patterns))]
    return "\n".join(lines) + "\n"


def _lines(name, says, patterns):
    if "Default" not in says or "Description" not in says:
        raise Unclear(f"parameters.yaml: {name} needs a Default and a Description")
    is_number = re.fullmatch(r"[\d.]+", says["Default"])
    if "Type" not in says:
        yield f"Type: {'Number' if is_number else 'String'}"
    for key, value in says.items():
        if key == "Takes":
            yield f"AllowedPattern: {patterns[value]}"
            yield f"ConstraintDescription: {value}"
            continue
        yield from f"{key}: {flow(value) if isinstance(value, list) else value}".splitlines()
        if key == "Default" and is_number and not {"MinValue", "AllowedValues"} & set(says):
            yield "MinValue: 0"
