"""What differs between a setting of the template and the same setting as an API answers it.

Only what the template says is asked for; an API may answer more. Numbers and truth values count by their text, because
some APIs answer them as text; documents count by their content.
"""

import json


def differences(wanted, found, path=""):
    """Each difference as (path, wanted, found)."""
    wanted, found = plain(wanted), plain(found)
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            difference
            for key, value in wanted.items()
            for difference in differences(value, found.get(key), f"{path}.{key}" if path else key)
        ]
    if isinstance(wanted, list) and isinstance(found, list):
        return differences_of_lists(wanted, found, path)
    return [] if text(wanted) == text(found) else [(path, wanted, found)]


def differences_of_lists(wanted, found, path):
    """Lists have no order that counts: each wanted element takes the first that fits it."""
    left, missing = list(found), []
    for element in wanted:
        fitting = next((other for other in left if not differences(element, other)), None)
        if fitting is None:
            missing.append(element)
        else:
            left.remove(fitting)
    if len(missing) == len(left) == 1 and isinstance(missing[0], dict):
        return differences(missing[0], left[0], f"{path}[]")
    return [(path, missing, left)] if missing or left else []


def plain(value):
    """A document is read, tags become a map."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if isinstance(value, list) and value and all(map(is_tag, value)):
        return {tag["Key"]: tag["Value"] for tag in value}
    return value


def is_tag(value):
    return isinstance(value, dict) and set(value) == {"Key", "Value"}


def text(value):
    """A scalar as text, in which true is "true" and 1.0 is "1"."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
