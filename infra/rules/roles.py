"""Roles: each function has its own, and it lists what that function does and no more."""

import re
from collections import Counter

from cfnlint.rules import CloudFormationLintRule
from rules.walk import (
    FUNCTION, actions, each, fault, found, functions, may, named, references, resources, statements, texts,
)

ROLE = "AWS::IAM::Role"
SCHEDULE = "AWS::Scheduler::Schedule"
# X-Ray knows no resources: its actions can only be allowed on `*`.
WITHOUT_RESOURCE = {"cloudwatch:describealarms", "xray:putsegments", "xray:puttelemetryrecords", "xray:puttracesegments"}
# The partitions that a right may name: of cases, of one kind, and of due items, which belong to no district.
PARTITION = re.compile(r"\$\{District\}#(\?{8}|[A-Z]+(#(\?{8}|\*))?)|D#\*")
# The services that act for every account, so that their roles name ours.
FOR_EVERYBODY = {"scheduler.amazonaws.com", "events.amazonaws.com"}
# The services that functions, schedules and rules use.
SERVICES = {"cloudwatch", "dynamodb", "events", "kms", "lambda", "logs", "s3", "secretsmanager", "sqs", "xray"}
# What is done in a function's name because of a wire: by services, by a stream's reader, and by who hands work over.
WIRED = ("lambda:", "logs:", "sqs:")
STREAM = ("dynamodb:getrecords", "dynamodb:getsharditerator", "dynamodb:describestream", "dynamodb:liststreams")
READS_STREAM = ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream")
MOVES_ALIAS = ("lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias")
READS_QUEUE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


class ListedActions(CloudFormationLintRule):
    """Actions are listed one by one."""

    id = "E9501"
    shortdesc = "A role lists its actions"
    description = "A wildcard grants what AWS invents tomorrow."

    def match(self, cfn):
        for role, path, statement in statements(cfn):
            foreign = [action for action in actions(statement) if action.split(":")[0] not in SERVICES]
            if foreign:
                yield fault(role, f"allows {', '.join(foreign)}, of a service that no function uses: remove it.", *path)
            wild = [action for action in actions(statement) if "*" in action or "?" in action]
            if wild or "NotAction" in statement:
                yield fault(role, f"allows {', '.join(wild) or 'all but some actions'}: list each action that the code "
                            "calls.", *path)


class ListedResources(CloudFormationLintRule):
    """Resources are named; only the objects of a bucket may be meant by an asterisk."""

    id = "E9502"
    shortdesc = "A role names its resources"
    description = "Only X-Ray's actions, and looking at alarms, know no narrower resource than `*`."

    def match(self, cfn):
        for role, path, statement in statements(cfn):
            if set(actions(statement)) <= WITHOUT_RESOURCE and list(each(statement, "Resource")) == ["*"]:
                continue
            for entry in each(statement, "Resource"):
                if not all(_is_narrow(text, statement) for text in texts(entry)):
                    yield fault(role, "acts on more than it names: write the table, index, queue, or "
                                "`<bucket>/*` instead of a wildcard.", *path)
            if "NotResource" in statement:
                yield fault(role, "acts on all but some resources: name the resources instead.", *path)


def _is_narrow(text, statement):
    is_objects = text.endswith("/*") and all(action.startswith("s3:") for action in actions(statement))
    return not re.search(r"[*?]", text[:-2] if is_objects and len(text) > 2 else text)


class LeadingKeys(CloudFormationLintRule):
    """A right on items names the partitions that it is for."""

    id = "E9510"
    shortdesc = "A right on items names its partitions"
    description = "Without them one function reads the contacts, inboxes and budgets that only another may."

    def match(self, cfn):
        tables = {name for name, _ in resources(cfn, "AWS::DynamoDB::Table")}
        for role, path, statement in statements(cfn):
            on_items = [one for one in actions(statement) if one.startswith("dynamodb:") and one not in STREAM]
            if not on_items or not named(statement.get("Resource")) & tables:
                continue
            keys = list(each(statement, "Condition", "ForAllValues:StringLike", "dynamodb:LeadingKeys"))
            if not keys:
                yield fault(role, "may touch every partition of the table: add Condition.ForAllValues:StringLike."
                            "dynamodb:LeadingKeys.", *path)
            for key in keys:
                text = next(texts(key), "")
                if key != {"Ref": "District"} and not PARTITION.fullmatch(text):
                    yield fault(role, f"may touch every partition, or another district's, by {text!r}: begin it with "
                                "${District}, and name the kind.", *path)
            if len(statement.get("Condition", {})) > 1 or set(statement.get("Condition", {})) - {"ForAllValues:StringLike"}:
                yield fault(role, "names partitions by a condition that no rule can judge: use ForAllValues:StringLike alone.",
                            *path)


class OwnRole(CloudFormationLintRule):
    """Each function has a role of this template, for itself."""

    id = "E9503"
    shortdesc = "A function has a role of its own"
    description = "A shared role gives each function the rights of all; SAM's own role has rights that nobody listed."

    def match(self, cfn):
        roles = {name for name, _ in resources(cfn, ROLE)}
        users = Counter(role for _, function in functions(cfn) for role in named(function.get("Role")))
        for name, function in functions(cfn):
            own = named(function.get("Role")) & roles
            if len(own) != 1:
                yield fault(name, "has no role of its own: write an AWS::IAM::Role and set Role: !GetAtt.", "Role")
            for role in own:
                if users[role] > 1:
                    yield fault(name, f"shares {role} with another function: give each a role of its own.", "Role")


class OnlyOwnPolicies(CloudFormationLintRule):
    """All rights stand in the role itself."""

    id = "E9506"
    shortdesc = "Rights stand in the role"
    description = "A managed policy holds rights that are neither ours nor in sight."

    def match(self, cfn):
        for role, properties in resources(cfn, ROLE):
            if "ManagedPolicyArns" in properties:
                yield fault(role, "takes rights from elsewhere: list them under Policies.", "ManagedPolicyArns")


class NarrowTrust(CloudFormationLintRule):
    """A role is taken by one AWS service: a function's role by Lambda, a schedule's by EventBridge Scheduler."""

    id = "E9507"
    shortdesc = "A role trusts one service"
    description = "A role that an account or everybody may take gives its rights to anyone who asks."

    def match(self, cfn):
        users = {role: "lambda.amazonaws.com" for _, one in functions(cfn) for role in named(one.get("Role"))}
        for _, schedule in resources(cfn, SCHEDULE):
            users |= {role: "scheduler.amazonaws.com" for role in named(found(schedule, "Target", "RoleArn"))}
        for role, properties in resources(cfn, ROLE):
            for statement in each(properties, "AssumeRolePolicyDocument", "Statement"):
                trusted = statement.get("Principal")
                services = list(each(trusted, "Service")) if isinstance(trusted, dict) else []
                is_one = len(services) == 1 and list(trusted) == ["Service"]
                if not is_one or users.get(role, services[0]) != services[0]:
                    yield fault(role, "can be taken by others than its user: set Principal to the one Service "
                                f"{users.get(role, 'that needs it')}.", "AssumeRolePolicyDocument")
                elif str(services[0]) in FOR_EVERYBODY and not any(found(statement, "Condition", "StringEquals", "aws:SourceAccount")):
                    yield fault(role, "can be taken for another account: add Condition.StringEquals.aws:SourceAccount.",
                                "AssumeRolePolicyDocument")


class WiringIsGranted(CloudFormationLintRule):
    """Who has to call a function, read a stream or a queue, hand work over or park a failure may do so."""

    id = "E9508"
    shortdesc = "What the wiring does is granted"
    description = "Without the right nothing is parked, started or read, and no deployment says so."

    def match(self, cfn):
        needs = [*_schedules(cfn), *_wires(cfn)]
        for name, role, action, target, attribute in needs:
            if not may(cfn, role, action, target, attribute):
                yield fault(name, f"needs {action} on {target}, which {role} does not allow: add it to the role.")


class WiringOnly(CloudFormationLintRule):
    """What AWS does on a function's behalf is granted only where the wiring asks for it."""

    id = "E9509"
    shortdesc = "No right without its wiring"
    description = "No call of ours uses these rights, so that no test would miss the wire that they were for."

    def match(self, cfn):
        needs = [*_schedules(cfn), *_wires(cfn)]
        wired = {(role, action.lower(), target) for _, role, action, target, _ in needs}
        streams = {(role, target) for role, action, target in wired if action == "dynamodb:getrecords"}
        wired |= {(role, "dynamodb:liststreams", target) for role, target in streams}
        for role, path, statement in statements(cfn):
            for action in actions(statement):
                if not (action.startswith(WIRED) or action in STREAM):
                    continue
                for target in sorted(named(statement.get("Resource")) - {"AWS::Partition"}):
                    if (role, action, target) not in wired:
                        yield fault(role, f"may do {action} on {target}, and nothing is wired so that it has to: remove "
                                    "the action, or add the wire.", *path)


def _wires(cfn):
    """What is done in the names of functions: (what asks for it, role, action, target, attribute)."""
    roles = {name: named(function.get("Role")) for name, function in functions(cfn)}
    for wires in (_mappings, _hand_overs, _failures, _logs, _canaries):
        yield from wires(cfn, roles)


def _schedules(cfn):
    known = {name for name, _ in functions(cfn)}
    for name, schedule in resources(cfn, SCHEDULE):
        for role in named(found(schedule, "Target", "RoleArn")):
            for function in named(found(schedule, "Target", "Arn")) & known:
                yield name, role, "lambda:InvokeFunction", function, None
            for queue in named(found(schedule, "Target", "DeadLetterConfig")):
                yield name, role, "sqs:SendMessage", queue, None


def _mappings(cfn, roles):
    queues = {name for name, _ in resources(cfn, "AWS::SQS::Queue")}
    for name, mapping in resources(cfn, "AWS::Lambda::EventSourceMapping"):
        for role in _roles_of(mapping, roles):
            for source, attribute in references(mapping.get("EventSourceArn")):
                wanted = READS_STREAM if attribute == "StreamArn" else READS_QUEUE if source in queues else ()
                yield from ((name, role, action, source, attribute) for action in wanted)


def _hand_overs(cfn, roles):
    """A function that is told of a queue hands work over by it."""
    queues = {name for name, _ in resources(cfn, "AWS::SQS::Queue")}
    for name, function in resources(cfn, *FUNCTION):
        for role in roles[name]:
            for queue in named(found(function, "Environment", "Variables")) & queues:
                yield name, role, "sqs:SendMessage", queue, "Arn"


def _failures(cfn, roles):
    kinds = ("AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig")
    for name, config in resources(cfn, *kinds):
        for role in _roles_of(config, roles):
            for queue in named(found(config, "DestinationConfig", "OnFailure")):
                yield name, role, "sqs:SendMessage", queue, None


def _logs(cfn, roles):
    for name, function in resources(cfn, *FUNCTION):
        for role in roles[name]:
            for group in named(found(function, "LoggingConfig", "LogGroup")):
                for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
                    yield name, role, action, group, None


def _canaries(cfn, roles):
    """CodeDeploy moves the aliases of the functions that have a deployment preference, as SAM has it and leaves it."""
    shifts = [(name, named(found(function, "DeploymentPreference", "Role"))) for name, function in functions(cfn)]
    for name, group in resources(cfn, "AWS::CodeDeploy::DeploymentGroup"):
        shifts.append((name.removesuffix("DeploymentGroup"), named(group.get("ServiceRoleArn"))))
    for function, movers in shifts:
        yield from ((function, role, action, function, None) for role in movers for action in MOVES_ALIAS)


def _roles_of(properties, roles):
    return {role for function in named(properties.get("FunctionName")) for role in roles.get(function, ())}
