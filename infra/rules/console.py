"""The console: every alarm is seen, explained and fed, and everything carries the tags that costs are told apart by."""

import json
import re
from functools import cache

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from cfnlint.schema import ResourceNotFoundError
from rules.metrics import ALARM, METRICS, NAMESPACE, parts
from rules.walk import FUNCTION, each, fault, found, named, nearby, resources, texts

# How a paragraph of the runbook begins: one or more alarms in bold.
PARAGRAPH = re.compile(r"^((?:\*\*\w+Alarm\*\*(?:, )?)+) —", re.MULTILINE)
# A metric of ours in the text of a dashboard, as a metric and as a search.
CHARTED = re.compile(
    rf'\["{NAMESPACE}/\${{AWS::StackName}}", *"(\w+)"|\{{\\?"{NAMESPACE}/\${{AWS::StackName}}\\?",[^}}]*\}} MetricName=\\*"(\w+)'
)
TAGS = {"application", "district"}


class AlarmOnDashboard(CloudFormationLintRule):
    """The dashboard shows the state of every alarm."""

    id = "E9708"
    shortdesc = "An alarm is on the dashboard"
    description = "An operator who opens the dashboard must not have to ask which other alarms are in ALARM."

    def match(self, cfn):
        boards = list(resources(cfn, "AWS::CloudWatch::Dashboard"))
        shown = {name for _, board in boards for name in named(board.get("DashboardBody"))}
        for name, _ in resources(cfn, ALARM):
            if name not in shown:
                yield fault(name, f"is on no dashboard: add ${{{name}.Arn}} to its widget of alarms.")


        logs = {group for _, function in resources(cfn, *FUNCTION) for group in named(function.get("LoggingConfig"))}
        for name, query in resources(cfn, "AWS::Logs::QueryDefinition"):
            asked = named(query.get("LogGroupNames"))
            if len(asked & logs) > 1 and logs - asked:
                yield fault(name, f"leaves out {', '.join(sorted(logs - asked))}: ask the logs of every function, or of one.",
                            "LogGroupNames")


class AlarmInRunbook(CloudFormationLintRule):
    """Each alarm has its paragraph in the runbook, and each paragraph its alarm."""

    id = "E9709"
    shortdesc = "An alarm is explained in the runbook"
    description = "A person who is woken by an alarm reads there what it means and what to do first."

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
        watched = [(name, part.metric) for name, alarm in resources(cfn, ALARM)
                   for part in parts(alarm) if part.namespace == NAMESPACE]
        for name, board in resources(cfn, "AWS::CloudWatch::Dashboard"):
            hits = [hit for text in texts(board.get("DashboardBody")) for hit in CHARTED.findall(text)]
            watched += [(name, one or other) for one, other in hits]
        filters = [one for _, each_filter in resources(cfn, "AWS::Logs::MetricFilter")
                   for one in each(each_filter, "MetricTransformations")]
        yield from self.read(cfn)
        code = (_code(cfn.filename) if watched else "") + "".join(f'"{one.get("MetricName")}"' for one in filters)
        for name, metric in dict.fromkeys(watched):
            if f'"{metric}"' not in code:
                yield fault(name, f"watches {metric}, which no function reports: mend the name, or report it with "
                            "telemetry::metric.")


    @staticmethod
    def read(cfn):
        """The fields that a filter reads and its log does not have."""
        formats = {
            group: " ".join(texts(stage.get("AccessLogSettings")))
            for _, stage in resources(cfn, "AWS::ApiGatewayV2::Stage")
            for group in named(found(stage, "AccessLogSettings", "DestinationArn"))
        }
        for name, each_filter in resources(cfn, "AWS::Logs::MetricFilter"):
            fields = re.findall(r"\$\.(\w+)", str(each_filter.get("FilterPattern")))
            for group in named(each_filter.get("LogGroupName")) & formats.keys():
                for field in fields:
                    if f'"{field}":' not in formats[group]:
                        yield fault(name, f"reads {field}, which {group} does not have: mend FilterPattern, or add the field to the "
                                    "Format of the stage.", "FilterPattern")


@cache
def _code(template):
    """The text of everything that reports metrics: the functions and what they share."""
    folders = [folder for part in ("functions", "shared") if (folder := nearby(template, part))]
    files = [path for folder in folders for path in sorted(folder.glob("*/src/**/*.rs"))]
    return "\n".join(path.read_text("utf-8") for path in files)


class DashboardReads(CloudFormationLintRule):
    """A dashboard is JSON, fits its grid, and charts what exists."""

    id = "E9714"
    shortdesc = "A dashboard can be shown"
    description = "CloudWatch takes a wrong metric and shows an empty chart; broken JSON it refuses at the very end of a creation."

    def match(self, cfn):
        for name, board in resources(cfn, "AWS::CloudWatch::Dashboard"):
            body = board.get("DashboardBody")
            text = body.get("Fn::Sub", "") if isinstance(body, dict) else str(body)
            try:
                whole = json.loads(re.sub(r"\$\{[^}]*\}", "0", text if isinstance(text, str) else text[0]))
                widgets = whole["widgets"]
            except (ValueError, KeyError, TypeError) as error:
                yield fault(name, f"is no JSON with widgets ({error}): mend its DashboardBody.", "DashboardBody")
                continue
            for widget in widgets:
                if not isinstance(widget, dict) or widget.get("x", 0) + widget.get("width", 6) > 24:
                    yield fault(name, "has a widget that no grid of 24 columns takes: mend its x and width.", "DashboardBody")
            raw = text if isinstance(text, str) else text[0]
            if re.search(rf'"{NAMESPACE}"|"district", *"(?!\$\{{District\}}")', raw):
                yield fault(name, f"charts the metrics of another stack or district: write {NAMESPACE}/${{AWS::StackName}} and "
                            "${District}.", "DashboardBody")
            for space, metric, rest in CHART.findall(raw):
                known = {one for (one_space, one_metric), rows in METRICS.items() for row in rows
                         if (one_space, one_metric) == (space, metric) for one in [tuple(n for n, _ in row.dimensions)]}
                known |= CHARTS.get((space, metric), set())
                dimensions = tuple(re.findall(r'"([^"]*)"', rest)[::2])
                values = re.findall(r'"([^"]*)"', rest)[1::2]
                fixed = [value for name_of, value in zip(dimensions, values) if name_of != INDEX and not value.startswith("${")]
                if space.startswith("AWS/") and fixed:
                    yield fault(name, f"charts {metric} of {', '.join(fixed)}, which is a name of one stack: refer to the resource "
                                "by ${...}.", "DashboardBody")
                if space.startswith("AWS/") and dimensions not in known:
                    yield fault(name, f"charts {metric} of {space} by {list(dimensions)}, which there is not: mend it, or add it "
                                "to CHARTS.", "DashboardBody")


# A metric of AWS in a chart: namespace, name, and the names and values of its dimensions.
CHART = re.compile(r'\["(AWS/\w+)", *"(\w+)"((?:, *"[^"]*")*)')
INDEX = "GlobalSecondaryIndexName"
TABLE_AND_INDEX = {("TableName",), ("TableName", "GlobalSecondaryIndexName")}
# What is charted and never alarmed.
CHARTS = {
    ("AWS/ApiGateway", "Count"): {("ApiId",)},
    ("AWS/ApiGateway", "IntegrationLatency"): {("ApiId",)},
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): TABLE_AND_INDEX,
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): TABLE_AND_INDEX,
}


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
