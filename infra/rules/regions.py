"""What the regions of China do not have, and other regions do. Left in, it makes the first creation there fail.

CloudFormation's schemas are the same in every region, so that cfn-lint cannot tell. The table is from "Feature
availability and implementation differences" of each service in https://docs.amazonaws.cn/en_us/aws/latest/userguide/.
"""

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from rules.walk import FUNCTION, choices

CHINA = "aws-cn"
# A type, the path of a property, the values that are refused (None: any), and what AWS says.
MISSING_IN_CHINA = (
    ("AWS::Lambda::EventSourceMapping", ("Tags",), None, "an event source mapping takes no tags there"),
    ("AWS::Lambda::EventSourceMapping", ("MetricsConfig",), None, "a mapping has no metrics of its own there"),
    ("AWS::Lambda::EventSourceMapping", ("ProvisionedPollerConfig",), None, "a mapping has no provisioned mode there"),
    *((kind, ("Tracing",), ("Active",), "X-Ray traces no function there") for kind in FUNCTION),
    *((kind, ("TracingConfig", "Mode"), ("Active",), "X-Ray traces no function there") for kind in FUNCTION),
    *((kind, ("FunctionUrlConfig",), None, "a function has no URL of its own there") for kind in FUNCTION),
    *((kind, ("SnapStart",), None, "SnapStart takes none of our runtimes there") for kind in FUNCTION),
    ("AWS::Lambda::Url", (), None, "a function has no URL of its own there"),
    ("AWS::Cognito::UserPool", (), None, "there are no user pools there"),
    ("AWS::WAFv2::WebACLAssociation", (), None, "no web ACL guards an HTTP API anywhere"),
)


def in_china(conditions, condition, depth=0):
    """Whether a condition holds in China; None where that does not depend on the partition alone."""
    rule = conditions.get(condition) if isinstance(condition, str) else condition
    if not isinstance(rule, dict) or len(rule) != 1 or depth > 8:
        return None
    ((name, argument),) = rule.items()
    if name == "Condition":
        return in_china(conditions, argument, depth + 1)
    if name == "Fn::Not":
        inner = in_china(conditions, argument[0], depth + 1)
        return None if inner is None else not inner
    if name == "Fn::Equals" and {"Ref": "AWS::Partition"} in argument:
        other = next((one for one in argument if one != {"Ref": "AWS::Partition"}), None)
        return other == CHINA if isinstance(other, str) else None
    if name in ("Fn::And", "Fn::Or"):
        parts = [in_china(conditions, one, depth + 1) for one in argument]
        decides = name == "Fn::Or"
        return decides if decides in parts else None if None in parts else not decides
    return None


def as_in_china(conditions, value):
    """A value with each `!If` on the partition decided as in China; absent things are None."""
    if value == {"Ref": "AWS::NoValue"}:
        return None
    if isinstance(value, dict) and list(value) == ["Fn::If"]:
        condition, yes, no = value["Fn::If"]
        holds = in_china(conditions, condition)
        if holds is not None:
            return as_in_china(conditions, yes if holds else no)
    return value


class NotInChina(CloudFormationLintRule):
    """What AWS does not have in China is not asked for there."""

    id = "E9805"
    shortdesc = "The template can be created in the regions of China"
    description = "CloudFormation finds out half way through the first creation; no schema tells it before."

    def match(self, cfn):
        conditions = cfn.template.get("Conditions", {})
        for kind, path, refused, words in MISSING_IN_CHINA:
            for name, resource in cfn.get_resources([kind]).items():
                if in_china(conditions, resource.get("Condition")) is False:
                    continue
                if any(_asks(cfn, conditions, resource, path, refused)):
                    where = ".".join(path) or "the resource"
                    yield RuleMatch(
                        ["Resources", name, *(["Properties", path[0]] if path else [])],
                        f"{name} cannot be created in China, because {words}: leave {where} out by !If [InChina, ...].",
                    )


def _asks(cfn, conditions, resource, path, refused):
    """For each value that may stand at the path in China: whether it is one that is refused."""
    value = resource.get("Properties") or {}
    for key in path:
        value = as_in_china(conditions, value)
        value = value.get(key) if isinstance(value, dict) else None
    value = as_in_china(conditions, value)
    for one in choices(cfn, value):
        yield one is not None and (refused is None or one in refused)
