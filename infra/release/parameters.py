"""The parameters of a deployment: read as they are, checked before anything is uploaded, and never shown."""

import hashlib
import json
import re
import shlex
from pathlib import Path

from cloud import CloudError

# What cannot be guessed and the template's default does not serve: it must be named when a stack is made.
ASKED_FOR = {
    "District": "the district that the stack serves; it is part of every key and never changes",
    "StaffIssuer": "the OpenID issuer of the staff tokens, which signs by RSA (RS256)",
    "PublicUrl": "where residents and staff reach the service",
    "AllowedOrigins": "the web pages that may call the API",
    "AlarmEmail": "who is written to when an alarm goes off; AlarmEmail=nobody if nobody is meant",
}
PROOF, PROOF_VERSIONS = "OriginProof", {"OriginSecretVersion", "OriginSecretNext"}
# By it every function publishes a version.
REVISION = "Revision"
# What AWS takes for one parameter.
MOST_BYTES = 4096
_NAME = re.compile(r"  (\w+):\s*$")
_ATTRIBUTE = re.compile(r"    (\w+): *(.*)$")


def written(text):
    """`Name=value` pairs as a shell would split them, with each value as it is written: {name: value}."""
    try:
        pairs = shlex.split(text)
    except ValueError as error:
        raise CloudError(
            f"PARAMETERS cannot be read ({error}): put a value with quotes into a file and say Name=@file"
        ) from None
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z0-9]+", name):
            # Only the name: what follows may be a secret.
            raise CloudError(f"PARAMETERS holds {name!r}: each must be Name=value, and a value with spaces be quoted")
        if name in found:
            raise CloudError(f"PARAMETERS names {name} twice")
        found[name] = value
    return found


def given(text, folder=Path(".")):
    """Template parameters from `Name=value` pairs; a value `@file` is the file's content.

    A file is how a value with quotes, dollars or secrets stays what it is: no shell, make or list of processes sees it.
    """
    return {
        name: content(name, folder / value[1:]) if value.startswith("@") else value
        for name, value in written(text).items()
    }


def content(name, path):
    """The text of a file, without the line break at its end."""
    try:
        return path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CloudError(f"{name}=@{path} cannot be read: {error}") from None


def declared(template):
    """The parameters that a template of ours declares: {name: {attribute: text}}.

    It reads the house style only (one attribute a line, two and four spaces), because a deployment needs nothing but
    Python; a test of infra/rules compares it with a reader of YAML.
    """
    section = template.partition("\nParameters:\n")[2]
    parameters, current, attribute = {}, None, None
    for line in section.splitlines():
        if line and not line.startswith(" "):
            break
        if name := _NAME.match(line):
            current = parameters.setdefault(name[1], {})
        elif current is not None and (found := _ATTRIBUTE.match(line)):
            attribute = found[1]
            current[attribute] = _plain(found[2])
        elif current is not None and attribute == "Description" and line.startswith("      "):
            current[attribute] = f"{current[attribute]} {line.strip()}".strip(" >-")
    return parameters


def _plain(text):
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return [_plain(one) for one in text[1:-1].split(",")] if text.startswith("[") and text.endswith("]") else text


def check(values, known, current):
    """Refuses what AWS would refuse later, or would take and should not.

    `current` holds the values of the living stack; None when there is none yet.
    """
    known_names(values, known)
    if missing := [name for name in ASKED_FOR if name in known and name not in values and name not in (current or {})]:
        lines = [f"  {name}: {ASKED_FOR[name]}" for name in missing]
        raise CloudError("\n".join(["the stack does not know these yet, so PARAMETERS must name them:", *lines]))
    district = (current or {}).get("District")
    if district and values.get("District", district) != district:
        raise CloudError(
            f"the stack serves {district}, and every key of its tables begins with that: make another stack for "
            f"{values['District']}"
        )
    for name, value in values.items():
        if (problem := refusal(value, known[name])) is not None:
            shown = "its value" if known[name].get("NoEcho") == "true" else repr(value)
            raise CloudError(f"{name}: {shown} {problem}")


def known_names(values, known):
    """Refuses names that the template does not have."""
    if unknown := sorted(values.keys() - known.keys()):
        raise CloudError(f"the template has no parameter {', '.join(unknown)}; it has {', '.join(sorted(known))}")


def refusal(value, parameter):
    """Why a value does not fit its parameter; None if it does."""
    if len(value.encode()) > MOST_BYTES:
        return f"is longer than the {MOST_BYTES} bytes that AWS takes"
    words = parameter.get("ConstraintDescription") or f"does not match {parameter.get('AllowedPattern')}"
    parts = value.split(",") if parameter.get("Type") == "CommaDelimitedList" else [value]
    for part in parts:
        if (pattern := parameter.get("AllowedPattern")) and not re.fullmatch(pattern, part.strip()):
            return f"is refused: {words}"
        if (allowed := parameter.get("AllowedValues")) and part not in allowed:
            return f"is none of {', '.join(allowed)}"
    if parameter.get("Type") == "Number":
        try:
            number = float(value)
        except ValueError:
            return "is no number"
        if number < float(parameter.get("MinValue", number)) or number > float(parameter.get("MaxValue", number)):
            return f"is not between {parameter.get('MinValue', 'anything')} and {parameter.get('MaxValue', 'anything')}"
    return None


def secrets_in_files(text, known):
    """Refuses a secret that stands in PARAMETERS itself: all who may list processes read it there."""
    for name, value in written(text).items():
        if known.get(name, {}).get("NoEcho") == "true" and value and not value.startswith("@"):
            raise CloudError(f"{name} is secret: put it into a file and say {name}=@file")


def completed(values, current):
    """The values with what follows from them.

    OriginSecret goes with OriginProof=none, and the versions that were in use with it: a later OriginProof begins with
    a new secret.
    """
    more = {}
    if PROOF in values and "none" in (values[PROOF], (current or {}).get(PROOF)):
        more |= dict.fromkeys(PROOF_VERSIONS & (current or {}).keys(), "")
    return {**values, **more}


def revised(given, known, current):
    """The values with the revision that follows from all of them.

    The number of a release names its content, so that the same release with the same values has the same revision. What
    is secret is no part of it: no function has it by a parameter.
    """
    if REVISION not in known:
        return given
    declared = {name: one["Default"] for name, one in known.items() if isinstance(one, dict) and "Default" in one}
    values = {**declared, **(current or {}), **given}
    hidden = {name for name, one in known.items() if isinstance(one, dict) and one.get("NoEcho") == "true"}
    said = sorted((name, value) for name, value in values.items() if name not in hidden | {REVISION})
    return {**given, REVISION: hashlib.sha256(json.dumps(said).encode()).hexdigest()[:10]}
