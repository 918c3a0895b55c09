"""What an operator may choose: explained and checked parameters, any partition, and never less protection."""

import re

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from rules.settings import Between
from rules.walk import fault, is_true, named, texts

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


class NoSecretOutput(CloudFormationLintRule):
    """No output or description shows a secret."""

    id = "E9806"
    shortdesc = "No output shows a secret"
    description = "A person who may describe the stack reads its outputs, and so does every list of them in a mail."

    def match(self, cfn):
        hidden = {name for name, one in cfn.template.get("Parameters", {}).items() if is_true(one.get("NoEcho"))}
        for name, output in cfn.template.get("Outputs", {}).items():
            resolved = any("{{resolve:" in text for text in texts(output))
            if resolved or named(output) & hidden:
                yield RuleMatch(["Outputs", name], f"{name} shows a secret: put out its ARN instead.")
        for name, resource in cfn.get_resources().items():
            for key in ("Description", "AlarmDescription", "Tags"):
                value = (resource.get("Properties") or {}).get(key)
                if named(value) & hidden or any("{{resolve:" in text for text in texts(value)):
                    yield fault(name, f"shows a secret in its {key}: leave it out.", key)


# Facts about parameters that its description or the law promises: name, attribute, what it may be, and why.
FACTS = (
    ("StaffIssuer", "Default", re.compile(r"https://[\w.-]+\.invalid"), "a forgotten issuer must be nobody's"),
    ("StaffAudience", "Default", re.compile(r"zhitiao-[\w-]+"), "a token for another application must not open the desk"),
    ("LogRetentionDays", "Default", Between(180, 3653), "China's law and the description promise six months"),
    ("LogRetentionDays", "AllowedValues", Between(180, 3653), "China's law and the description promise six months"),
    ("IntakeConcurrency", "Default", Between(0, 0), "an account with the initial quota can reserve none"),
    ("RouteRate", "Default", Between(10, 1000), "fewer refuses a busy morning, more protects nothing"),
    ("RouteBurst", "Default", Between(20, 2000), "fewer refuses a busy morning, more protects nothing"),
    ("LogLevel", "Default", re.compile("info"), "alarms and saved queries read lines of this level"),
    ("SenderConcurrency", "Default", Between(2, 20), "an account with the initial quota has 10 executions for all"),
    ("AlarmRobot", "NoEcho", re.compile("(?i)true"), "its address holds a key"),
    ("ConcurrencyQuota", "MinValue", Between(10, 1000), "an alarm divides by it"),
    ("OriginProof", "Default", re.compile("none"), "demanded before anything sends it, it refuses everybody"),
)


# A default that serves the local cloud only.
LOCAL = re.compile(r"127\.0\.0\.1|\.invalid$")
# Values that the pattern of a parameter must refuse.
REFUSED = {
    "District": ("", "Shinan", "shi#nan", "a" * 33, "市南"),
    "PublicUrl": ("ftp://a.example", "https://a.example/", "javascript:1", "https://a example"),
    "AllowedOrigins": ("*", "https://a.example/", "null"),
    "StaffIssuer": ("http://a.example", "a.example", "https://a b"),
    "AlarmEmail": ("", "ops", "a@b c"),
    "WebAclArn": ("arn:aws:wafv2:us-east-1:1:regional/webacl/a/b", "edge"),
}


class ParameterFacts(CloudFormationLintRule):
    """A parameter keeps what its description promises."""

    id = "E9807"
    shortdesc = "A parameter keeps its promise"
    description = "A default is what most stacks run with, and nobody looks at it again."

    def match(self, cfn):
        parameters = cfn.template.get("Parameters", {})
        for name, attribute, allowed, why in FACTS:
            if name not in parameters:
                continue
            value = parameters[name].get(attribute)
            for one in value if isinstance(value, list) else [value]:
                fits = allowed.fits(cfn, one) if isinstance(allowed, Between) else allowed.fullmatch(str(one))
                if one is None or not fits:
                    wanted = allowed if isinstance(allowed, Between) else f"like {allowed.pattern}"
                    yield RuleMatch(["Parameters", name, attribute], f"{name} has {one!r} as {attribute}, but {why}: it must be "
                                    f"{wanted}.")
        asserted = named(cfn.template.get("Rules"))
        for name, parameter in parameters.items():
            if LOCAL.search(str(parameter.get("Default", ""))) and name not in asserted:
                yield RuleMatch(["Parameters", name], f"{name} may be left at {parameter['Default']}, with which nobody is served: "
                                "refuse that under Rules.")
        for name, values in REFUSED.items():
            if not (pattern := parameters.get(name, {}).get("AllowedPattern")):
                continue
            for value in values:
                if re.search(pattern, value):
                    yield RuleMatch(["Parameters", name, "AllowedPattern"], f"{name} takes {value!r}, with which nothing works: "
                                    "mend its AllowedPattern.")


# Where a resource has a name of our making.
NAMES = ("Name", "AliasName", "BucketName", "DashboardName", "FunctionName", "LogGroupName", "QueueName", "RoleName", "TableName",
         "TopicName")
NAMED_TYPES = ("AWS::ApiGatewayV2::Api", "AWS::CloudWatch::Dashboard", "AWS::DynamoDB::Table", "AWS::IAM::Role", "AWS::KMS::Alias",
               "AWS::Logs::LogGroup", "AWS::Logs::QueryDefinition", "AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue",
               "AWS::SecretsManager::Secret")


class OwnNames(CloudFormationLintRule):
    """A name of our making begins with the stack's."""

    id = "E9808"
    shortdesc = "A name begins with the stack's"
    description = "A fixed name makes the second stack of an account fail, or the two share what each thinks is its own."

    def match(self, cfn):
        for name, resource in cfn.get_resources(list(NAMED_TYPES)).items():
            for key in NAMES:
                value = (resource.get("Properties") or {}).get(key)
                if value is not None and "AWS::StackName" not in named(value):
                    yield fault(name, f"has a {key} that a second stack would have too: begin it with ${{AWS::StackName}}.", key)
        for name, output in cfn.template.get("Outputs", {}).items():
            if "Export" in output and "AWS::StackName" not in named(output["Export"]):
                yield RuleMatch(["Outputs", name, "Export"], f"{name} is exported by a name that a second stack would have too: "
                                "begin it with ${AWS::StackName}, or remove Export.")


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
            written = list(texts(resource.get("Properties")))
            if any("arn:aws:" in text or "arn:aws-cn:" in text for text in written):
                yield fault(name, "works in one partition only: write arn:${AWS::Partition}: by !Sub.")
            if any(_SUFFIX.search(text) and not _PRINCIPAL.fullmatch(text) for text in written):
                yield fault(name, "names hosts of one partition only: write ${AWS::URLSuffix} by !Sub.")
            if any(_REGION.search(text) for text in written):
                yield fault(name, "works in one region only: write ${AWS::Region} by !Sub.")
        for name, output in cfn.template.get("Outputs", {}).items():
            if any("amazonaws.com" in text or "arn:aws" in text for text in texts(output)):
                yield RuleMatch(["Outputs", name], f"{name} is right in one partition only: write ${{AWS::Partition}} and "
                                "${AWS::URLSuffix} by !Sub.")


_SUFFIX = re.compile(r"amazonaws\.com")
# The principals of services are spelled alike in both partitions, but for those that name a region.
_PRINCIPAL = re.compile(r"[a-z0-9-]+\.amazonaws\.com")
_REGION = re.compile(r"\b(cn|us|ap|eu|sa|ca|me|af|il)-(north|south|east|west|central|northeast|northwest|southeast|southwest)-\d\b")
