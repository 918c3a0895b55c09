"""Alarms, and what both they and the dashboard look at."""

import re
from dataclasses import dataclass

from functions import Unclear
from shapes import flow, shape

OURS = "!Sub Zhitiao/${AWS::StackName}"
# What AWS measures: the namespace, and the dimension by which a resource is told from others.
MEASURED = {
    ("AWS/ApiGateway", "ApiId", ""): ("Count", "4xx", "5xx", "Latency", "IntegrationLatency"),
    ("AWS/Lambda", "FunctionName", ""): (
        "Invocations", "Errors", "Throttles", "Duration", "IteratorAge", "ConcurrentExecutions"),
    ("AWS/SQS", "QueueName", "QueueName"): ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"),
    ("AWS/SNS", "TopicName", "TopicName"): ("NumberOfNotificationsFailed",),
    ("AWS/DynamoDB", "TableName", ""): (
        "ReadThrottleEvents", "WriteThrottleEvents", "ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"),
}
# Metrics of ours that come from the log of the API, which knows no district.
WITHOUT_DISTRICT = ("SignInFailures",)
OPERATORS = {
    ">": "GreaterThanThreshold", ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold", "<=": "LessThanOrEqualToThreshold",
}
_WHEN = re.compile(
    r"((?P<take>SUM|MAX) of )?(?P<statistic>\w+) of (?P<period>\d+) s (?P<operator>[<>]=?) (?P<threshold>\d+)"
    r"(, ((?P<points>\d+) of )?(?P<periods>\d+) times)?"
)
TOPICS = {None: ["AlarmTopic"], "true": ["UrgentTopic"], "and today": ["AlarmTopic", "UrgentTopic"]}


@dataclass(frozen=True)
class Metric:
    """What is looked at: a namespace, a name, and dimensions as (name, logical id, attribute)."""

    namespace: str
    name: str
    dimensions: tuple

    @classmethod
    def read(cls, words):
        """`DueItemsFailed`, `Errors of NotifierFunction`, or `ReadThrottleEvents of CasesTable/queue`."""
        name, _, target = words.partition(" of ")
        target, _, index = target.partition("/")
        known = next((place for place, names in MEASURED.items() if name in names), None)
        if known is None:
            return cls(OURS, name, () if name in WITHOUT_DISTRICT else (("district", "District", ""),))
        namespace, dimension, attribute = known
        of = ((dimension, target, attribute),) if target else ()
        return cls(namespace, name, of + ((("GlobalSecondaryIndexName", None, index),) if index else ()))

    @property
    def in_template(self):
        """The dimensions as an alarm has them; None where there are none."""
        written = []
        for name, target, attribute in self.dimensions:
            value = attribute if target is None else f"!GetAtt {target}.{attribute}" if attribute else f"!Ref {target}"
            written.append(f"{{ Name: {name}, Value: {value} }}")
        return f"Dimensions: {flow(written)}" if written else None


class Groups:
    """What `each` looks at: the members of a group, by the id of a metric, with what it is the metric of."""

    def __init__(self, functions, tables):
        self.functions, self.tables = functions, tables
        apart = {
            str(alarm.get("metric", "")).partition(" of ")[2]
            for function in functions for alarm in function.says.get("alarms", {}).values()
        }
        self.members = {
            "functions": [(one, f"{one.id}Function") for one in functions],
            "background": [(one, f"{one.id}Function") for one in functions if not one.is_behind_api],
            "streams": [(one, f"{one.id}Function") for one in functions if "stream" in one.says],
            "all-dead-letters": [(one, f"{one.id}DeadLetters") for one in functions if "dead-letters" in one.says],
        }
        self.members["dead-letters"] = [one for one in self.members["all-dead-letters"] if one[1] not in apart]

    def of_functions(self, each):
        """Each function of the groups with its metric."""
        for group, metric in each.items():
            for function, target in self.members[group]:
                yield function, Metric.read(f"{metric} of {target}")

    def metrics(self, each):
        """The same as (id, metric), where a group may be a table too: the table and its indexes."""
        for group, names in each.items():
            if group in self.tables:
                for index in ["", *self.tables[group]]:
                    for name in names:
                        kind = "writes" if name.startswith("Write") else "reads"
                        yield index + kind, Metric.read(f"{name} of {group}" + (f"/{index}" if index else ""))
            elif group not in self.members:
                raise Unclear(f"`each` names {group}: it may name {', '.join([*self.members, *self.tables])}")
            else:
                for function, metric in self.of_functions({group: names[0]}):
                    yield function.camel, metric


def alarms(entries, functions):
    """Every alarm as (logical id, what the part says, comment): the urgent ones first."""
    found = [(entry.name, entry.values, entry.comment.strip("\n") or None) for entry in entries]
    for function in functions:
        said = function.says.get("alarms", {})
        found += [(name, values, said.comments.get(name) or None) for name, values in said.items()]
    return [(f"{name}Alarm", values, comment) for name, values, comment in sorted(found, key=_is_for_the_day)]


def _is_for_the_day(found):
    return found[1].get("urgent") != "true"


def resources(found, groups):
    """The alarms, under a line for each urgency."""
    heads = {"true": "urgent", None: "today"}
    head = "unseen"
    for name, says, comment in found:
        urgency = "true" if says.get("urgent") == "true" else None
        line = f"# {'-' * 90} {heads[urgency]}\n" if urgency != head else ""
        head = urgency
        yield line + _alarm(name, says, comment, groups)


def _alarm(name, says, comment, groups):
    when = _WHEN.fullmatch(says.get("when", ""))
    if not when:
        raise Unclear(f"{name} says `when: {says.get('when')}`: write `Sum of 300 s > 0, 2 of 3 times`")
    topics = flow(f"!Ref {topic}" for topic in TOPICS[says.get("urgent")])
    is_floor = when["operator"].startswith("<")
    return shape(
        "alarm", name=name, comment=comment, says=says["says"], look=_look(name, says, when, groups),
        periods=when["periods"] or "1", points=when["points"], threshold=when["threshold"],
        operator=OPERATORS[when["operator"]], silence="breaching" if is_floor else "notBreaching", topics=topics,
    )


def _look(name, says, when, groups):
    above = {key: says.comments.get(key) or None for key in says}
    given = {"statistic": when["statistic"], "period": when["period"]}
    if "metric" in says:
        metric = Metric.read(says["metric"])
        return shape("look", comment=above["metric"], reason=above["when"], namespace=metric.namespace,
                     metric=metric.name, dimensions=metric.in_template, **given)
    several = list(groups.metrics(says.get("each", {})))
    several += [(one, Metric.read(words)) for one, words in says.get("metrics", {}).items()]
    expression = says.get("expression", "").strip('"')
    if not expression and not when["take"]:
        raise Unclear(f"{name} looks at several metrics: begin `when` by SUM of, or MAX of")
    looks = [
        shape("one-of-looks", id=one, namespace=metric.namespace, metric=metric.name, dimensions=metric.in_template,
              **given)
        for one, metric in several
    ]
    return shape("looks", comment=above.get("each") or above.get("metrics"), looks="".join(looks),
                 expression=expression or f"{{ Id: all, Expression: {when['take']}(METRICS()), ReturnData: true }}")
