"""Releases: what invokes a function names its alias, and a change of a function is a version of its own."""

from cfnlint.rules import CloudFormationLintRule
from rules.walk import ALIAS, FUNCTION, actions, aliased, fault, functions, invoked_by, named, resources, statements, texts

# Where each type of resource says what it invokes.
INVOKES = {
    "AWS::ApiGatewayV2::Integration": "IntegrationUri",
    "AWS::Lambda::EventSourceMapping": "FunctionName",
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::S3::Bucket": "NotificationConfiguration",
    "AWS::SNS::Subscription": "Endpoint",
    "AWS::Scheduler::Schedule": "Target",
    "AWS::Events::Rule": "Targets",
}
CANARY = "Canary10Percent10Minutes"
# What is filled into the description of a function: its release, and which stored data it knows.
RELEASE = "Release ${Release}, data "


class InvokedByAlias(CloudFormationLintRule):
    """Whatever invokes a function, or may, names the function's alias."""

    id = "E9310"
    shortdesc = "A function is invoked by its alias"
    description = "What names the function itself runs what was deployed last, also after `make rollback`."

    def match(self, cfn):
        known = {name for name, _ in functions(cfn)}
        for kind, key in INVOKES.items():
            for name, properties in resources(cfn, kind):
                for function in sorted(bare(properties.get(key)) & known):
                    yield fault(name, f"invokes {function} past its alias: name it by !Ref {function}.Alias.", key)
        for role, path, statement in statements(cfn):
            if "lambda:invokefunction" not in actions(statement):
                continue
            for function in sorted(bare(statement.get("Resource")) & known):
                yield fault(role, f"may invoke {function} past its alias: name it by !Ref {function}.Alias.", *path)


class VersionOfEachRevision(CloudFormationLintRule):
    """Each function publishes a version whenever release or parameters change, and says of which release it is."""

    id = "E9311"
    shortdesc = "A function publishes a version of each revision"
    description = "Without a new version the alias goes on with the old code and the old parameters."

    def match(self, cfn):
        for name, function in resources(cfn, FUNCTION[0]):
            if function.get("AutoPublishAlias") != ALIAS or named(function.get("AutoPublishCodeSha256")) != {"Revision"}:
                yield fault(name, f"publishes no version of a revision: set AutoPublishAlias: {ALIAS} and "
                            "AutoPublishCodeSha256: !Ref Revision.")
            said = function.get("Description")
            if not isinstance(said, dict) or not str(said.get("Fn::Sub")).startswith(RELEASE):
                yield fault(name, f"does not say of which release it is: begin its Description by !Sub {RELEASE}….",
                            "Description")
        published = {one for _, alias in resources(cfn, "AWS::Lambda::Alias") if alias.get("Name") == ALIAS
                     for one in named(alias.get("FunctionName"))}
        for name, _ in resources(cfn, FUNCTION[1]):
            if name not in published:
                yield fault(name, f"has no alias: set AutoPublishAlias: {ALIAS}.")


class CanaryBehindTheApi(CloudFormationLintRule):
    """A function that the API calls is changed for a tenth of the requests first, under an alarm."""

    id = "E9312"
    shortdesc = "What the API calls has a canary, and nothing else has"
    description = "A stream, queue or schedule has no share: a tenth of its batches is as bad as all of them."

    def match(self, cfn):
        called = invoked_by(cfn, "AWS::ApiGatewayV2::Integration")
        groups = {name: (group.get("AlarmConfiguration"), group.get("DeploymentConfigName"))
                  for name, group in resources(cfn, "AWS::CodeDeploy::DeploymentGroup")}
        for kind in FUNCTION:
            for name, function in resources(cfn, kind):
                canary = function.get("DeploymentPreference") or {}
                alarms, how = groups.get(f"{name}DeploymentGroup", (canary.get("Alarms"), canary.get("Type")))
                is_optional = kind == FUNCTION[1] or named(canary.get("Enabled")) == {"Canary"}
                is_sound = named(alarms) and any(CANARY in text for text in texts(how)) and is_optional
                if name in called and not is_sound:
                    yield fault(name, f"reaches all callers at once: set DeploymentPreference to {CANARY} with Alarms, and "
                                "Enabled: !Ref Canary.", "DeploymentPreference")
                if name not in called and alarms:
                    yield fault(name, "has a canary, and no caller whose share it could be: remove it.",
                                "DeploymentPreference")


def bare(value):
    """The logical ids that a value refers to, but for those that it names by their alias."""
    if isinstance(value, list):
        return {name for entry in value for name in bare(entry)}
    if not isinstance(value, dict):
        return set()
    if list(value) == ["Ref"]:
        return set() if aliased(value["Ref"]) else {value["Ref"]}
    if any(key in ("Fn::GetAtt", "Fn::Sub") for key in value):
        return named(value)
    return {name for entry in value.values() for name in bare(entry)}
