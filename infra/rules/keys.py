"""Our own key: what is personal or secret is opened by it, and by nobody past the services named in its policy."""

from cfnlint.rules import CloudFormationLintRule
from rules.walk import (
    FUNCTION, actions, each, fault, found, functions, is_true, may, named, resources, statements,
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
# The actions by which a key opens something.
OPENS = {"kms:*", "kms:decrypt", "kms:encrypt", "kms:generatedatakey", "kms:creategrant"}
# The actions that an alias asks its key for, when it is made, pointed elsewhere and removed.
NAMES = ("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias")


class OwnKey(CloudFormationLintRule):
    """Tables, secrets, logs, alarms and variables are encrypted with a key of this template."""

    id = "E9421"
    shortdesc = "What is personal or secret has our own key"
    description = "With a key of AWS, whoever may read a table or a function's settings may also decrypt them."

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


class KeyIsGranted(CloudFormationLintRule):
    """Who works with an encrypted table may open its key, through AWS services only."""

    id = "E9423"
    shortdesc = "A role may open the keys that it needs, by way of services"
    description = "DynamoDB opens a table with the caller's right to its key; without it each call is refused."

    def match(self, cfn):
        tables = dict(resources(cfn, "AWS::DynamoDB::Table"))
        users = {role for _, function in functions(cfn) for role in named(function.get("Role"))}
        for role, path, statement in statements(cfn):
            if any(action.startswith("kms:") for action in actions(statement)):
                if not any(found(statement, "Condition", "StringEquals", "kms:ViaService")):
                    yield fault(role, "may decrypt without a service: add Condition.StringEquals.kms:ViaService.", *path)
        for role in sorted(users):
            reached = {name for owner, _, one in statements(cfn) if owner == role for name in named(one.get("Resource"))}
            for table in sorted(reached & tables.keys()):
                for key in sorted(named(found(tables[table], "SSESpecification", "KMSMasterKeyId"))):
                    if not may(cfn, role, "kms:Decrypt", key):
                        yield fault(role, f"cannot open {table}: allow kms:Decrypt on {key}, with kms:ViaService.")
