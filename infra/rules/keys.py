"""Our own key: what is personal or secret is opened by it, through the services named in its policy alone."""

from fnmatch import fnmatch

from cfnlint.rules import CloudFormationLintRule
from rules.walk import (
    FUNCTION, actions, each, fault, found, functions, is_true, may, named, resources, statements, texts,
)

KEY = "AWS::KMS::Key"
# Where each type of resource names its key.
KEYED = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    **dict.fromkeys(FUNCTION, ("KmsKeyArn",)),
}
# What CloudWatch Logs says of the log group that it opens a key for.
LOGS_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
# The calls that take a key away, or let others in.
TAKEN_AWAY = {"ScheduleKeyDeletion", "DisableKey", "PutKeyPolicy"}
# The actions by which a key opens something.
OPENS = {"kms:*", "kms:decrypt", "kms:encrypt", "kms:generatedatakey", "kms:creategrant"}
# The actions that an alias asks its key for, when it is made, pointed elsewhere and removed.
NAMES = ("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias")


class OwnKey(CloudFormationLintRule):
    """Tables, secrets, logs, alarms and variables are encrypted with a key of this template."""

    id = "E9421"
    shortdesc = "What is personal or secret has our own key"
    description = "With a key of AWS, a principal that may read a table or a function's settings may also decrypt them."

    def match(self, cfn):
        keys = {name for name, _ in resources(cfn, KEY)}
        for kind, path in KEYED.items():
            for name, properties in resources(cfn, kind):
                if not all(named(one) & keys for one in found(properties, *path)):
                    yield fault(name, f"is not encrypted with a key of ours: set {'.'.join(path)} to one.", path[0])


class KeyPolicy(CloudFormationLintRule):
    """A key rotates, can be called by its alias, and its policy lists who may do what with it through which service."""

    id = "E9422"
    shortdesc = "A key rotates and opens under a condition only"
    description = "A right to decrypt without a condition works on every copy of the data, wherever it lies."

    def match(self, cfn):
        keys = dict(resources(cfn, KEY))
        for name, key in keys.items():
            if not all(map(is_true, found(key, "EnableKeyRotation"))):
                yield fault(name, "is never renewed: set EnableKeyRotation: true.", "EnableKeyRotation")
            for statement in each(key, "KeyPolicy", "Statement"):
                listed = set(actions(statement))
                if any("*" in action for action in listed):
                    yield fault(name, "may be used for everything: list the actions in its KeyPolicy.", "KeyPolicy")
                elif listed & OPENS and not statement.get("Condition"):
                    yield fault(name, "opens data without a condition: add kms:ViaService, or the caller's account, to "
                                "that statement of its KeyPolicy.", "KeyPolicy")
        for alias, properties in resources(cfn, "AWS::KMS::Alias"):
            for name in sorted(named(properties.get("TargetKeyId")) & keys.keys()):
                allowed = {action for one in each(keys[name], "KeyPolicy", "Statement") if one.get("Effect") == "Allow"
                           for action in actions(one)}
                for action in NAMES:
                    if action.lower() not in allowed:
                        yield fault(name, f"cannot be called {alias}: allow {action} to the administrators in its "
                                    "KeyPolicy.", "KeyPolicy")


class KeyServes(CloudFormationLintRule):
    """A key's policy lets in every service that works with what the key encrypts."""

    id = "E9424"
    shortdesc = "A key serves all that is encrypted with it"
    description = "A service that its policy leaves out makes the creation fail, or alarms and logs stay away in silence."

    def match(self, cfn):
        for name, key in resources(cfn, KEY):
            allowed = [one for one in each(key, "KeyPolicy", "Statement") if one.get("Effect") == "Allow"]
            through = [one for one in allowed if "AWS" in (one.get("Principal") or {})]
            for service, needed in sorted(_callers(cfn, name).items()):
                for action in sorted(needed):
                    if not any(_lets(one, action, service) for one in through):
                        yield fault(name, f"cannot be used through {service}: allow {action} to the account with "
                                    f"kms:ViaService {service}.${{AWS::Region}}.${{AWS::URLSuffix}}.", "KeyPolicy")
            for principal, needed in sorted(_services(cfn, name).items()):
                mine = [one for one in allowed if any(_is(text, principal) for text in texts(one.get("Principal")))]
                for action in sorted(needed):
                    if not any(action.lower() in actions(one) for one in mine):
                        yield fault(name, f"cannot be used by {principal}: allow {action} to it in the KeyPolicy.", "KeyPolicy")
            for group in sorted(_unread(cfn, name, allowed)):
                yield fault(name, f"cannot be used for {group}: let the condition kms:EncryptionContext:aws:logs:arn of its "
                            "KeyPolicy mean that log group, too.", "KeyPolicy")
            for action in ADMINISTRATION:
                if not any(action.lower() in actions(one) and not one.get("Condition") for one in through):
                    yield fault(name, f"can be administered by nobody: allow {action} to the account without a condition; "
                                "AWS refuses a policy that its own administrators cannot change.", "KeyPolicy")


# What a service needs of a key when a principal works with what it encrypts.
THROUGH = {
    "AWS::DynamoDB::Table": ("dynamodb", {"kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}),
    "AWS::SecretsManager::Secret": ("secretsmanager", {"kms:Decrypt", "kms:GenerateDataKey"}),
    "AWS::SNS::Topic": ("sns", {"kms:Decrypt", "kms:GenerateDataKey"}),
    "AWS::SQS::Queue": ("sqs", {"kms:Decrypt", "kms:GenerateDataKey"}),
    **dict.fromkeys(FUNCTION, ("lambda", {"kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"})),
}
ADMINISTRATION = ("kms:PutKeyPolicy", "kms:GetKeyPolicy", "kms:DescribeKey", "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion",
                  "kms:EnableKeyRotation", "kms:EnableKey", "kms:DisableKey", "kms:TagResource")


def _encrypted(cfn, key):
    """Each resource that a key encrypts, as (type, logical id)."""
    for kind, path in (KEYED | {"AWS::SQS::Queue": ("KmsMasterKeyId",)}).items():
        for name, properties in resources(cfn, kind):
            if any(key in named(one) for one in found(properties, *path)):
                yield kind, name


def _callers(cfn, key):
    """The services through which the account uses a key: {service: actions}."""
    return dict(THROUGH[kind] for kind, _ in _encrypted(cfn, key) if kind in THROUGH)


def _services(cfn, key):
    """The services that use a key in their own name: {principal: actions}."""
    encrypted = set(_encrypted(cfn, key))
    topics = {name for kind, name in encrypted if kind == "AWS::SNS::Topic"}
    needs = {}
    if any(kind == "AWS::Logs::LogGroup" for kind, _ in encrypted):
        needs["logs"] = {"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:DescribeKey"}
    for kind, place, principal in (
        ("AWS::CloudWatch::Alarm", "AlarmActions", "cloudwatch"),
        ("AWS::Events::Rule", "Targets", "events"),
        ("AWS::S3::Bucket", "NotificationConfiguration", "s3"),
    ):
        if any(named(one.get(place)) & topics for _, one in resources(cfn, kind)):
            needs[principal] = {"kms:Decrypt", "kms:GenerateDataKey"}
    return needs


def _unread(cfn, key, allowed):
    """The log groups that a key encrypts and whose ARN the condition on logs leaves out."""
    contexts = [text for one in allowed for text in texts(found(one, "Condition", "ArnLike", LOGS_CONTEXT))]
    groups = dict(resources(cfn, "AWS::Logs::LogGroup"))
    for kind, name in _encrypted(cfn, key):
        if kind == "AWS::Logs::LogGroup" and contexts:
            named_as = next(texts(groups[name].get("LogGroupName")), "")
            if not any(fnmatch(named_as, text.rpartition("log-group:")[2]) for text in contexts):
                yield name


def _is(text, service):
    """Whether a principal is a service: logs has one in each region, the others one for all."""
    regional = f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"
    return text == (regional if service == "logs" else f"{service}.amazonaws.com")


def _lets(statement, action, service):
    """Whether a statement allows an action through a service."""
    given = [text for text in texts(found(statement, "Condition", "StringEquals", "kms:ViaService"))]
    regional = f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"
    return action.lower() in actions(statement) and regional in given


class KeyIsGuarded(CloudFormationLintRule):
    """A person who takes the key away is seen, and the message arrives."""

    id = "E9425"
    shortdesc = "A key is guarded, and each rule may tell its topic"
    description = "A key that is scheduled for deletion can be saved for 30 days, if anybody knows."

    def match(self, cfn):
        rules = list(resources(cfn, "AWS::Events::Rule"))
        admitted = {
            name
            for _, policy in resources(cfn, "AWS::SNS::TopicPolicy")
            for statement in each(policy, "PolicyDocument", "Statement")
            if "events.amazonaws.com" in each(statement, "Principal", "Service") and statement.get("Effect") == "Allow"
            for name in named(policy.get("Topics"))
        }
        topics = {name for name, _ in resources(cfn, "AWS::SNS::Topic")}
        for name, _ in resources(cfn, KEY):
            watching = [rule for _, rule in rules if "aws.kms" in each(rule, "EventPattern", "source")
                        and name in named(rule.get("EventPattern")) and "UrgentTopic" in named(rule.get("Targets"))]
            if topics and not watching:
                yield fault(name, "may be deleted unseen: add an AWS::Events::Rule on aws.kms for it, to UrgentTopic.")
        for name, rule in rules:
            seen = set(each(rule, "EventPattern", "detail", "eventName"))
            if "aws.kms" in each(rule, "EventPattern", "source") and seen and TAKEN_AWAY - seen:
                yield fault(name, f"does not see {', '.join(sorted(TAKEN_AWAY - seen))}: add it to EventPattern.detail.eventName.")
        for name, rule in rules:
            for topic in sorted(named(rule.get("Targets")) & topics - admitted):
                yield fault(name, f"may not tell {topic}: allow sns:Publish to events.amazonaws.com in an AWS::SNS::TopicPolicy.")


class KeyIsGranted(CloudFormationLintRule):
    """Who works with an encrypted table may open its key, through AWS services only."""

    id = "E9423"
    shortdesc = "A role may open the keys that it needs, by way of services"
    description = "DynamoDB opens a table with the caller's right to its key; without it each call is refused."

    def match(self, cfn):
        users = {role for _, function in functions(cfn) for role in named(function.get("Role"))}
        for role, path, statement in statements(cfn):
            if any(action.startswith("kms:") for action in actions(statement)):
                if not any(found(statement, "Condition", "StringEquals", "kms:ViaService")):
                    yield fault(role, "may decrypt without a service: add Condition.StringEquals.kms:ViaService.", *path)
        for role in sorted(users):
            for key, service, why in sorted(_doors(cfn, role)):
                if not may(cfn, role, "kms:Decrypt", key):
                    yield fault(role, f"cannot open {why}: allow kms:Decrypt on {key}, with kms:ViaService.")
                elif not any(_lets(one, "kms:Decrypt", service) and key in named(one.get("Resource"))
                             for owner, _, one in statements(cfn) if owner == role):
                    yield fault(role, f"cannot open {why}: its kms:ViaService for {key} leaves out "
                                f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}.")


def _doors(cfn, role):
    """Each key that a role must open, as (key, service, what for)."""
    reached = {name for owner, _, one in statements(cfn) if owner == role for name in named(one.get("Resource"))}
    for key, _ in resources(cfn, KEY):
        for kind, name in _encrypted(cfn, key):
            if kind in FUNCTION:
                if role in named(dict(functions(cfn))[name].get("Role")):
                    yield key, "lambda", f"the variables of {name}"
            elif name in reached and kind in THROUGH:
                yield key, THROUGH[kind][0], name
