"""How the rules read a template: what stands where, and what refers to what.

A template reaches the rules twice: as written, with its `Globals` merged into the SAM functions, and after the SAM
transform. Both read alike from here.
"""

import re
from functools import cache
from math import inf
from pathlib import Path

from cfnlint.rules import RuleMatch

# The alias by which everything invokes a function, and how it is named: before the SAM transform, and after.
ALIAS = "live"
_OF_ALIAS = re.compile(rf"(\w+?)(?:\.Alias|Alias{ALIAS})")
FUNCTION = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_SUBSTITUTED = re.compile(r"\$\{([^!.}][^.}]*)\.?([^}]*)\}")


def fault(name, sentence, *path):
    """One finding. The sentence goes on from the resource's name: what is wrong with it, and what to do."""
    return RuleMatch(["Resources", name, "Properties", *path], f"{name} {sentence}")


def resources(cfn, *kinds):
    """Logical id and properties of each resource of these types."""
    for name, resource in cfn.get_resources(list(kinds)).items():
        yield name, resource.get("Properties") or {}


def nearby(template, part):
    """A file or folder of the project that stands beside the template or above it; None if there is none."""
    above = Path(template or "template.yaml").resolve().parents
    return next((path for folder in above if (path := folder / part).exists()), None)


@cache
def sources(template, part):
    """The text of all Rust sources below a folder of the project; None where there is none."""
    folder = nearby(template, part)
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("**/*.rs"))) if folder else None


def functions(cfn):
    """Logical id and properties of each function."""
    return resources(cfn, *FUNCTION)


def found(value, *keys):
    """All that may stand at a place: one entry for each branch of an `!If`, None where a branch has nothing."""
    if isinstance(value, dict) and list(value) == ["Fn::If"]:
        return [deep for branch in value["Fn::If"][1:] for deep in found(branch, *keys)]
    if value == {"Ref": "AWS::NoValue"}:
        return [None]
    if not keys:
        return [value]
    return found(value.get(keys[0]) if isinstance(value, dict) else None, *keys[1:])


def each(value, *keys):
    """The entries of the lists at a place; a single value counts as a list of one."""
    for whole in found(value, *keys):
        for entry in whole if isinstance(whole, list) else [whole]:
            yield from (one for one in found(entry) if one is not None)


def is_true(value):
    """Whether the value is a yes, as YAML or CloudFormation may write it."""
    return value is True or str(value).lower() == "true"


def choices(cfn, value):
    """All that may stand here, with parameters and `!Sub` worked out as far as the template tells.

    A parameter counts by its allowed values, or else its default. None stands where there is nothing, and a reference
    to something that only exists once it is deployed stays as it is.
    """
    parameters = cfn.template.get("Parameters", {})
    for one in found(value):
        if not isinstance(one, dict):
            yield one
        elif one.get("Ref") in parameters:
            parameter = parameters[one["Ref"]]
            yield from parameter.get("AllowedValues", [parameter.get("Default")])
        else:
            yield _substituted(parameters, one)


def _substituted(parameters, value):
    """The text of an `!Sub` with the defaults of the parameters in it; the value itself if that says too little."""
    inner = value.get("Fn::Sub")
    if not inner:
        return value
    text, variables = inner if isinstance(inner, list) else (inner, {})
    known = {name: parameter["Default"] for name, parameter in parameters.items() if "Default" in parameter} | variables
    text = _SUBSTITUTED.sub(lambda hit: str(known.get(hit[1], hit[0])), text)
    return value if _SUBSTITUTED.search(text) else text


def numbers(cfn, value, absent=inf):
    """Every number that may stand here, `absent` where there may be nothing.

    A parameter counts by its allowed values, or else its default, least and greatest value. What nothing bounds may be
    anything from minus to plus infinity.
    """
    for one in found(value):
        parameter = _parameter(cfn, one)
        if parameter and "AllowedValues" not in parameter:
            yield float(parameter.get("MinValue", -inf))
            yield float(parameter.get("MaxValue", inf))
        for choice in choices(cfn, one):
            yield from _number(choice, absent if one is None else None)


def _parameter(cfn, value):
    name = value.get("Ref") if isinstance(value, dict) else None
    return cfn.template.get("Parameters", {}).get(name)


def _number(value, absent):
    if value is None:
        return [] if absent is None else [absent]
    try:
        return [float(value)]
    except (TypeError, ValueError):
        return [-inf, inf]


def references(value):
    """Each reference within a value, as (logical id, attribute); the attribute of `!Ref` is empty.

    A reference to the alias of a function counts as one to the function; `aliased` tells them apart.
    """
    if isinstance(value, list):
        for entry in value:
            yield from references(entry)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _reference(key, inner)


def _reference(key, inner):
    if key == "Ref":
        yield aliased(inner) or inner, ""
    elif key == "Fn::GetAtt":
        parts = inner if isinstance(inner, list) else inner.split(".")
        yield parts[0], ".".join(parts[1:])
    elif key == "Fn::Sub":
        text, variables = inner if isinstance(inner, list) else (inner, {})
        yield from (pair for pair in _SUBSTITUTED.findall(text) if pair[0] not in variables)
        yield from references(variables)
    else:
        yield from references(inner)


def aliased(name):
    """The function whose alias a `!Ref` names; None for every other name."""
    found_alias = _OF_ALIAS.fullmatch(name) if isinstance(name, str) else None
    return found_alias and found_alias[1]


def named(value):
    """The logical ids that a value refers to."""
    return {name for name, _ in references(value)}


def texts(value):
    """Each text within a value, with what it would be substituted by left as it is written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def statements(cfn):
    """Each statement of each role's own policies, as (role, path, statement)."""
    for role, properties in resources(cfn, "AWS::IAM::Role"):
        for index, policy in enumerate(each(properties, "Policies")):
            for statement in each(policy, "PolicyDocument", "Statement"):
                yield role, ("Policies", index, "PolicyDocument"), statement


def actions(statement):
    """The actions of a statement, in lower case, which is how IAM compares them."""
    return [action.lower() for action in each(statement, "Action") if isinstance(action, str)]


def may(cfn, role, action, name, attribute=None):
    """Whether a role may do an action on what a logical id names; for streams also by which attribute."""
    wanted = {(name, attribute)} if attribute else {(name, ""), (name, "Arn")}
    return any(
        owner == role
        and statement.get("Effect") == "Allow"
        and action.lower() in actions(statement)
        and wanted & set(references(statement.get("Resource")))
        for owner, _, statement in statements(cfn)
    )


def invoked_by(cfn, *kinds):
    """The functions that resources of these types point at, each with the resource: {function: resource}."""
    known = {name for name, _ in functions(cfn)}
    found_pairs = {}
    for name, properties in resources(cfn, *kinds):
        for function in sorted(named(properties) & known):
            found_pairs.setdefault(function, name)
    return found_pairs
