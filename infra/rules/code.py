"""Functions: their limits, logs and environment."""

import re
from collections import Counter

from cfnlint.rules import CloudFormationLintRule
from rules.walk import each, fault, found, functions, is_true, named, references, resources, texts


class OwnLogs(CloudFormationLintRule):
    """Each function writes to a log group of its own, which forgets in the end."""

    id = "E9601"
    shortdesc = "A function has a log group of its own, with retention"
    description = "A group that Lambda makes by itself keeps everything for ever and stays behind."

    def match(self, cfn):
        groups = dict(resources(cfn, "AWS::Logs::LogGroup"))
        writers = Counter(
            group for _, function in functions(cfn) for group in named(found(function, "LoggingConfig", "LogGroup"))
        )
        for name, function in functions(cfn):
            own = named(found(function, "LoggingConfig", "LogGroup")) & groups.keys()
            if not own or any(writers[group] > 1 for group in own):
                yield fault(name, "has no log group of its own: write an AWS::Logs::LogGroup and set "
                            "LoggingConfig.LogGroup: !Ref.", "LoggingConfig")
        for name, group in groups.items():
            if not all(found(group, "RetentionInDays")):
                yield fault(name, "keeps logs for ever: set RetentionInDays.", "RetentionInDays")


class WiredVariables(CloudFormationLintRule):
    """Each variable comes from a parameter or a resource, and secrets from Secrets Manager."""

    id = "E9603"
    shortdesc = "A variable refers to what it names"
    description = "A name written by hand points at nothing in the second stack; a secret parameter can be read by all."

    def match(self, cfn):
        parameters = cfn.template.get("Parameters", {})
        for name, function in functions(cfn):
            for variable, value in _variables(function).items():
                path = ("Environment", "Variables", variable)
                if not all(named(one) for one in found(value) if one is not None):
                    yield fault(name, f"has {variable} written by hand: refer to the resource or parameter.", *path)
                if not _is_namesake(variable, named(value)):
                    yield fault(name, f"has something else in {variable} than its name says: refer to "
                                f"{_pascal(variable)}.", *path)
                if any(is_true(parameters.get(one, {}).get("NoEcho")) for one in named(value)):
                    yield fault(name, f"shows a secret in {variable}: keep it in an AWS::SecretsManager::Secret and "
                                "refer to it by {{resolve:secretsmanager:...}}.", *path)


def _is_namesake(variable, names):
    """Whether CASES_TABLE refers to CasesTable; a name that is put together by `!Sub` refers to no resource."""
    resources_only = {name for name in names if not name.startswith("AWS::")}
    return not variable.endswith(("_TABLE", "_BUCKET")) or resources_only <= {_pascal(variable)}


def _pascal(variable):
    return variable.title().replace("_", "")


def _variables(function):
    return next((given for given in found(function, "Environment", "Variables") if given), {})


class SameSecrets(CloudFormationLintRule):
    """A variable with a secret reads alike in every function, and can be rotated."""

    id = "E9608"
    shortdesc = "A secret reads alike everywhere, by its version"
    description = "What one function signs, another must verify; without the version AWS never reads a secret again."

    def match(self, cfn):
        first = {}
        for name, function in functions(cfn):
            for variable, value in _variables(function).items():
                read = [text for text in texts(value) if "{{resolve:" in text]
                if not read:
                    continue
                other = first.setdefault(variable, (name, value))
                path = ("Environment", "Variables", variable)
                if other[1] != value:
                    yield fault(name, f"reads {variable} otherwise than {other[0]}: write it alike.", *path)
                generated = {one for one, secret in resources(cfn, "AWS::SecretsManager::Secret")
                             if "GenerateSecretString" in secret}
                if named(value) & generated and not all(_VERSIONED.fullmatch(one) for text in read for one in _READ.findall(text)):
                    yield fault(name, f"keeps {variable} for ever: end its reference by :SecretString:::${{…Version}}, which "
                                "`make rotate` sets.", *path)


_READ = re.compile(r"\{\{resolve:secretsmanager:.*?\}\}(?:\}(?=[^}]|$))?")
_VERSIONED = re.compile(r"\{\{resolve:secretsmanager:\$\{\w+\}:SecretString:::\$\{\w+(Version|Next)\}\}\}")


class StatedLimits(CloudFormationLintRule):
    """A function states its memory and time-out, and is traced."""

    id = "E9605"
    shortdesc = "A function states its limits and is traced"
    description = "The defaults, 128 MB and 3 seconds, fit nothing here; without a trace nobody finds the slow part."

    def match(self, cfn):
        for name, function in functions(cfn):
            for key in ("MemorySize", "Timeout"):
                if not all(found(function, key)):
                    yield fault(name, f"leaves its {key} to chance: state it.", key)
            traced = [*found(function, "Tracing"), *found(function, "TracingConfig", "Mode")]
            if "Active" not in traced:
                yield fault(name, "is not traced: set Tracing: !If [InChina, PassThrough, Active].")


class QueueOutlivesFunction(CloudFormationLintRule):
    """A message stays hidden for longer than the function may work on it."""

    id = "E9606"
    shortdesc = "A queue waits for its function"
    description = "A shorter visibility time-out hands the same message to two executions (AWS advises six times)."

    def match(self, cfn):
        limits = {name: function.get("Timeout", 3) for name, function in functions(cfn)}
        queues = dict(resources(cfn, "AWS::SQS::Queue"))
        for _, mapping in resources(cfn, "AWS::Lambda::EventSourceMapping"):
            for name, _ in references(mapping.get("EventSourceArn")):
                hidden = next(each(queues.get(name, {}), "VisibilityTimeout"), 30)
                longest = max((limits.get(one, 0) for one in named(mapping.get("FunctionName"))), default=0)
                if name in queues and hidden < 6 * longest:
                    yield fault(name, f"hands a message out again too soon: set VisibilityTimeout to at least "
                                f"{6 * longest}.", "VisibilityTimeout")
