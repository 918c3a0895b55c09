"""What an operator may choose: explained and checked parameters, any partition, and never less protection."""

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from rules.walk import fault, texts

NEVER_OPTIONAL = (
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::CloudWatch::Alarm",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::Scheduler::Schedule",
)
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


class Unconditional(CloudFormationLintRule):
    """What protects or connects stands in every stack."""

    id = "E9803"
    shortdesc = "Protection and wiring are not optional"
    description = "A condition on them means stacks without them, which no other rule sees."

    def match(self, cfn):
        for name, resource in cfn.get_resources(list(NEVER_OPTIONAL)).items():
            if "Condition" in resource:
                yield RuleMatch(["Resources", name, "Condition"], f"{name} is missing from some stacks: remove its "
                                "Condition.")


class AnyPartition(CloudFormationLintRule):
    """No ARN names a partition."""

    id = "E9802"
    shortdesc = "ARNs fit every partition"
    description = "In the regions of China an ARN begins with arn:aws-cn, elsewhere with arn:aws."

    def match(self, cfn):
        for name, resource in cfn.get_resources().items():
            if any("arn:aws:" in text or "arn:aws-cn:" in text for text in texts(resource.get("Properties"))):
                yield fault(name, "works in one partition only: write arn:${AWS::Partition}: by !Sub.")
