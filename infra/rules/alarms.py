"""Alarms: a person is told of every failure, at the hour that it deserves. What is watched stands in `metrics.py`."""

import re

from cfnlint.rules import CloudFormationLintRule
from rules.metrics import ALARM, METRICS, PERIODS, WATCHED, expressions, is_floor, namespace, parts, tells
from rules.walk import FUNCTION, each, fault, found, is_true, named, numbers, resources, texts

# The metric of a topic whose messages do not arrive.
UNDELIVERED = "NumberOfNotificationsFailed"
# Who is called at night; everybody else reads in the morning.
URGENT = "UrgentTopic"
# How an alarm may look at several metrics at once.
EXPRESSIONS = re.compile(r"(SUM|MAX)\(METRICS\(\)\)|100 \* \w+ / \$\{\w+\}")


class AlarmActs(CloudFormationLintRule):
    """An alarm tells a topic that people listen to, when it begins and when it is over."""

    id = "E9701"
    shortdesc = "An alarm tells a person, and says when it is over"
    description = "An alarm without an action is a color on a page; one that never ends is not believed the next time."

    def match(self, cfn):
        for name, alarm in resources(cfn, ALARM):
            told = tells(cfn, alarm)
            if not told:
                yield fault(name, "tells nobody: set AlarmActions to a topic of this template, and no ActionsEnabled.",
                            "AlarmActions")
            elif not told <= named(alarm.get("OKActions")):
                yield fault(name, f"does not say when it is over: set OKActions to {', '.join(sorted(told))}.", "OKActions")
            silent = {topic for part in parts(alarm) if part.metric == UNDELIVERED for topic in part.on()}
            if silent and len(told) < len(silent):
                yield fault(name, f"tells by the topic alone that may be the broken one: set AlarmActions to {', '.join(sorted(silent))}.",
                            "AlarmActions")
        alarms = {name for name, _ in resources(cfn, ALARM)}
        for name, rule in resources(cfn, "AWS::Events::Rule"):
            if "aws.cloudwatch" not in each(rule, "EventPattern", "source"):
                continue
            detail = (rule.get("EventPattern") or {}).get("detail") or {}
            if missing := sorted(alarms - named(detail.get("alarmName"))):
                yield fault(name, f"never tells of {', '.join(missing)}: list every alarm in EventPattern.detail.alarmName.")
            if not {"ALARM", "OK"} <= set(texts(detail)):
                yield fault(name, "does not tell when an alarm begins, or when it is over: take the states ALARM and OK.")


class Watched(CloudFormationLintRule):
    """What must be watched is watched, sharply and quickly enough."""

    id = "E9702"
    shortdesc = "What must be watched has an alarm"
    description = "A failure that nobody is told of is found by residents first. The table WATCHED says what that is."

    def match(self, cfn):
        looks = [part for _, alarm in resources(cfn, ALARM) if tells(cfn, alarm) for part in parts(alarm)]
        for watch in WATCHED:
            for target in sorted(watch.targets(cfn), key=str):
                name, index = target if isinstance(target, tuple) else (target, None)
                if not any(self.sees(cfn, watch, part, name, index) for part in looks):
                    where = f"{name} (index {index})" if index else name
                    yield fault(
                        self.place(cfn, name),
                        f"fails unseen: {where} has no alarm on {watch.metric} of {watch.namespace}; add one, {watch.words}, "
                        "with an action.",
                    )

    @staticmethod
    def place(cfn, name):
        """Where a finding stands: a parameter is none, the first topic is."""
        return name if name in cfn.get_resources() else next((topic for topic, _ in resources(cfn, "AWS::SNS::Topic")), name)

    @staticmethod
    def sees(cfn, watch, part, name, index):
        if (part.namespace, part.metric) != (watch.namespace, watch.metric) or name not in part.on():
            return False
        of = dict(part.dimensions).get("GlobalSecondaryIndexName")
        return of == index and watch.holds(cfn, part)


class Urgency(CloudFormationLintRule):
    """What stops the service wakes a person, and nothing else does."""

    id = "E9703"
    shortdesc = "An alarm has the urgency that the table gives it"
    description = "A page for what can wait until morning is switched off in the end, and the next real one with it."

    def match(self, cfn):
        topics = {name for name, _ in resources(cfn, "AWS::SNS::Topic")}
        if URGENT not in topics:
            return
        urgent = {
            (watch.namespace, watch.metric, target) for watch in WATCHED if watch.urgent for target in watch.targets(cfn)
        }
        for name, alarm in resources(cfn, ALARM):
            wakes = URGENT in tells(cfn, alarm)
            is_urgent = any((part.namespace, part.metric, one) in urgent for part in parts(alarm) for one in part.on())
            # The alarm on undelivered messages goes by both roads.
            if is_urgent and not wakes:
                yield fault(name, f"waits until morning, and the service stands still: set AlarmActions to {URGENT}.",
                            "AlarmActions")
            if wakes and not is_urgent and len(tells(cfn, alarm)) == 1:
                yield fault(name, "wakes a person for what can wait: set AlarmActions to AlarmTopic, or mark it in WATCHED.",
                            "AlarmActions")


class SilenceIsStated(CloudFormationLintRule):
    """An alarm says what silence means: too little, or nothing to worry about."""

    id = "E9705"
    shortdesc = "An alarm states what missing data means"
    description = "What stopped sends no data, so that the default would never go off; an idle count is no alarm."

    def match(self, cfn):
        for name, alarm in resources(cfn, ALARM):
            wanted = "breaching" if is_floor(alarm) else "notBreaching"
            if found(alarm, "TreatMissingData") != [wanted]:
                yield fault(name, f"misreads silence: set TreatMissingData: {wanted}.", "TreatMissingData")


class AlarmFits(CloudFormationLintRule):
    """What an alarm looks at exists under that name, and the alarm can fire."""

    id = "E9712"
    shortdesc = "An alarm fits its metric"
    description = "An alarm on a wrong dimension or statistic deploys well and never goes off."

    def match(self, cfn):
        kinds = {name: resource.get("Type") for name, resource in cfn.get_resources().items()}
        for name, alarm in resources(cfn, ALARM):
            looks = list(parts(alarm))
            if not looks:
                yield fault(name, "looks at nothing: set MetricName, or Metrics with a MetricStat.")
            for text in expressions(alarm):
                if not EXPRESSIONS.fullmatch(text.get("Fn::Sub", "") if isinstance(text, dict) else str(text)):
                    yield fault(name, f"works out what no rule can judge ({text}): write SUM(METRICS()), MAX(METRICS()), or "
                                "100 * m / ${Parameter}.", "Metrics")
            if "Metrics" in alarm and sum(is_true(one.get("ReturnData", True)) for one in each(alarm, "Metrics")) != 1:
                yield fault(name, "does not say which of its metrics it is about: set ReturnData: true on one of them, and "
                            "false on the others.", "Metrics")
            for part in looks:
                for sentence in self.problems(cfn, kinds, part):
                    yield fault(name, sentence)

    def problems(self, cfn, kinds, part):
        """What is wrong with one look."""
        known = METRICS.get((part.namespace, part.metric))
        if known is None:
            yield (f"looks at {part.metric} of {namespace(part.namespace)}, which is no metric that METRICS in metrics.py "
                   "knows: mend the name, or add the row.")
            return
        names = tuple(name for name, _ in part.dimensions)
        fitting = next((one for one in known if tuple(name for name, _ in one.dimensions) == names), None)
        if fitting is None:
            wanted = " or ".join(str([name for name, _ in one.dimensions]) for one in known)
            yield f"looks at {part.metric} by the dimensions {list(names)}, by which there is none: use {wanted}."
            return
        for (dimension, value), (_, kind) in zip(part.dimensions, fitting.dimensions):
            if not _refers(kinds, value, kind):
                yield f"takes {dimension} of {part.metric} from something else than {kind or 'its name'}: refer to that."
        if part.statistic not in fitting.statistics:
            yield f"looks at the {part.statistic} of {part.metric}, which tells nothing: use {' or '.join(fitting.statistics)}."
        if not all(period in PERIODS for period in numbers(cfn, part.period)):
            yield f"counts over a Period that is none of {', '.join(map(str, PERIODS))}: use one of them."
        bounds = list(numbers(cfn, part.alarm.get("Threshold")))
        if not all(fitting.least <= bound <= fitting.most for bound in bounds):
            yield f"never fires, or always: set a Threshold between {fitting.least:g} and {fitting.most:g}."
        times = list(numbers(cfn, part.alarm.get("DatapointsToAlarm"), absent=1))
        if max(times) > min(numbers(cfn, part.alarm.get("EvaluationPeriods"), absent=1)):
            yield "waits for more data points than it looks at: set DatapointsToAlarm to at most EvaluationPeriods."


def _refers(kinds, value, kind):
    """Whether a dimension's value refers to a resource of the type, or to the parameter of that name."""
    if kind is None:
        return bool(value)
    wanted = FUNCTION if kind in FUNCTION else (kind,)
    return bool(named(value)) and all(kinds.get(name, name) in wanted for name in named(value))
