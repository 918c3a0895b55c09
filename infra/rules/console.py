"""The console: every alarm is seen, explained and fed, and everything carries the tags that costs are told apart by."""

import re

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from cfnlint.schema import ResourceNotFoundError
from rules.alarms import ALARM, NAMESPACE
from rules.walk import FUNCTION, each, fault, found, named, nearby, resources, texts

# How a paragraph of the runbook begins: one or more alarms in bold.
PARAGRAPH = re.compile(r"^((?:\*\*\w+Alarm\*\*(?:, )?)+) —", re.MULTILINE)
# A metric of ours in the text of a dashboard, as a metric and as a search.
CHARTED = re.compile(rf'\["{NAMESPACE}", *"(\w+)"|\{{{NAMESPACE},[^}}]*\}} MetricName=\\*"(\w+)')
TAGS = {"application", "district"}


class AlarmOnDashboard(CloudFormationLintRule):
    """The dashboard shows the state of every alarm."""

    id = "E9708"
    shortdesc = "An alarm is on the dashboard"
    description = "An operator who opens the dashboard must not have to ask what else may be ringing."

    def match(self, cfn):
        boards = list(resources(cfn, "AWS::CloudWatch::Dashboard"))
        shown = {name for _, board in boards for name in named(board.get("DashboardBody"))}
        for name, _ in resources(cfn, ALARM):
            if name not in shown:
                yield fault(name, f"is on no dashboard: add ${{{name}.Arn}} to its widget of alarms.")


class AlarmInRunbook(CloudFormationLintRule):
    """Each alarm has its paragraph in the runbook, and each paragraph its alarm."""

    id = "E9709"
    shortdesc = "An alarm is explained in the runbook"
    description = "Whoever is woken by an alarm reads there what it means and what to do first."

    def match(self, cfn):
        runbook = nearby(cfn.filename, "docs/runbook.md")
        text = runbook.read_text("utf-8") if runbook else ""
        explained = {name for begin in PARAGRAPH.findall(text) for name in re.findall(r"\w+", begin)}
        alarms = {name for name, _ in resources(cfn, ALARM)}
        for name in sorted(alarms - explained):
            yield fault(name, f"is not explained: begin a paragraph of docs/runbook.md with **{name}** — and say what "
                        "it means and the first three steps.")
        for name in sorted(explained - alarms) if alarms else ():
            yield RuleMatch(["Resources"], f"docs/runbook.md explains {name}, which is no alarm of the template: "
                            "remove the paragraph or add the alarm.")


class MetricIsReported(CloudFormationLintRule):
    """What an alarm or a chart watches of ours is reported by our code."""

    id = "E9710"
    shortdesc = "A metric of ours is reported by the code"
    description = "An alarm on a misspelled metric deploys well and never goes off; its chart stays empty."

    def match(self, cfn):
        watched = [(name, alarm.get("MetricName")) for name, alarm in resources(cfn, ALARM)
                   if alarm.get("Namespace") == NAMESPACE]
        for name, board in resources(cfn, "AWS::CloudWatch::Dashboard"):
            hits = [hit for text in texts(board.get("DashboardBody")) for hit in CHARTED.findall(text)]
            watched += [(name, one or other) for one, other in hits]
        code = _code(cfn.filename) if watched else ""
        for name, metric in dict.fromkeys(watched):
            if f'"{metric}"' not in code:
                yield fault(name, f"watches {metric}, which no function reports: mend the name, or report it with "
                            "telemetry::metric.")


def _code(template):
    """The text of everything that reports metrics: the functions and what they share."""
    folders = [folder for part in ("functions", "shared") if (folder := nearby(template, part))]
    files = [path for folder in folders for path in sorted(folder.glob("*/src/**/*.rs"))]
    return "\n".join(path.read_text("utf-8") for path in files)


class Tagged(CloudFormationLintRule):
    """Everything that takes tags says which application and district it belongs to."""

    id = "E9804"
    shortdesc = "Whatever takes tags has them"
    description = "An account bills by tags; without them nobody can tell what a district costs."

    def match(self, cfn):
        for name, resource in cfn.get_resources().items():
            properties = resource.get("Properties") or {}
            missing = TAGS - set(_tags(properties)) if _takes_tags(resource.get("Type")) else ()
            if missing:
                yield fault(name, f"lacks the tags {' and '.join(sorted(missing))}: add them under Tags.", "Tags")


def _takes_tags(kind):
    if kind in FUNCTION:
        return True
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    except ResourceNotFoundError:
        return False
    return "Tags" in schema.get("properties", {})


def _tags(properties):
    for tags in found(properties, "Tags"):
        if isinstance(tags, dict):
            yield from tags
        else:
            yield from (tag.get("Key") for tag in each(tags))
