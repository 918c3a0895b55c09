"""Parameters: what an operator fills in is explained and checked, and works in every partition."""

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from rules.walk import fault, texts

CHECKS = ("AllowedPattern", "AllowedValues", "MaxValue")


class CheckedParameters(CloudFormationLintRule):
    """A parameter says what it is for and which values it takes."""

    id = "E9801"
    shortdesc = "A parameter is described and checked"
    description = "A typing error must be refused in the console, before anything is deployed."

    def match(self, cfn):
        for name, parameter in cfn.template.get("Parameters", {}).items():
            is_plain = parameter.get("Type") in ("String", "Number", "CommaDelimitedList")
            # MinValue alone bounds a revision, which may rise for ever.
            if is_plain and not any(check in parameter for check in (*CHECKS, "MinValue")):
                yield RuleMatch(["Parameters", name], f"{name} takes any value: set AllowedPattern, AllowedValues or "
                                "MinValue and MaxValue.")
            if not parameter.get("Description"):
                yield RuleMatch(["Parameters", name], f"{name} is not explained: set Description.")


class AnyPartition(CloudFormationLintRule):
    """No ARN names a partition."""

    id = "E9802"
    shortdesc = "ARNs fit every partition"
    description = "In the regions of China an ARN begins with arn:aws-cn, elsewhere with arn:aws."

    def match(self, cfn):
        for name, resource in cfn.get_resources().items():
            if any("arn:aws:" in text or "arn:aws-cn:" in text for text in texts(resource.get("Properties"))):
                yield fault(name, "works in one partition only: write arn:${AWS::Partition}: by !Sub.")
