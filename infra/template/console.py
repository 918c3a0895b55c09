"""The console: the dashboard and the saved queries."""

import json
import textwrap

from functions import Unclear
from parts import part
from shapes import shape
from watch import Metric

WIDE, HIGH = 24, 6
# The least that a function is paid for is a part of this many megabytes.
GIGABYTE = 1024
NAMESPACE = "Zhitiao/${AWS::StackName}"


def queries(functions):
    """The saved queries; where one says nothing else, of the logs of all functions."""
    everywhere = [f"{function.id}Logs" for function in functions]
    for entry in part("queries.yaml"):
        says = entry.values
        groups = "".join(f"- !Ref {group}\n" for group in says.get("of", everywhere))
        # The comment at the head of the part is about the part.
        comment = entry.comment.strip("\n") if entry.comment.startswith("\n#") else None
        yield shape("query", name=entry.name, comment=comment, title=says["title"], groups=groups,
                    query=textwrap.dedent(says.blocks["query"]))


class Dashboard:
    """The dashboard, widget by widget."""

    def __init__(self, functions, groups, alarms):
        self.functions, self.groups, self.alarms = functions, groups, alarms
        self.y, self.x, self.height = 0, 0, 0

    def body(self):
        """The JSON of the dashboard."""
        widgets = []
        for entry in part("dashboard.yaml"):
            says = entry.values
            if entry.name == "Words":
                words = " ".join(line.strip() for line in says.splitlines()[1:])
                widgets.append(self._place("text", 3, WIDE, f'"markdown": "{words}"'))
                widgets.append(self._place("alarm", HIGH, WIDE, '"title": "Alarms",\n' + self._alarms()))
            elif "log" in says:
                widgets.append(self._place("log", 8, WIDE // 2, self._log(entry.name, says)))
            else:
                widgets.append(self._place("metric", HIGH, WIDE // 3, self._graph(entry.name, says)))
        return '{\n  "widgets": [\n' + textwrap.indent(",\n".join(widgets), "    ") + "\n  ]\n}\n"

    def _place(self, kind, height, width, properties):
        if self.x + width > WIDE or (self.x and height != self.height):
            self.y, self.x = self.y + self.height, 0
        at, self.height = (self.x, self.y), height
        self.x += width
        return (f'{{\n  "type": "{kind}", "x": {at[0]}, "y": {at[1]}, "width": {width}, "height": {height},\n'
                '  "properties": {\n' + textwrap.indent(properties, "    ") + "\n  }\n}")

    def _alarms(self):
        lines = ",\n".join(f'  "${{{name}.Arn}}"' for name in self.alarms)
        return f'"alarms": [\n{lines}\n]'

    def _log(self, title, says):
        query = " ".join(line.strip() for line in says["log"].removeprefix(">-").strip().splitlines())
        groups = says.get("of", [f"{function.id}Logs" for function in self.functions])
        sources = " | ".join(f"SOURCE '${{{group}}}'" for group in groups)
        return f'"title": "{title}", "region": "${{AWS::Region}}", "view": "table",\n"query": "{sources} | {query}"'

    def _graph(self, title, says):
        statistic, _, period = says["when"].partition(" of ")
        settings = f", {says['settings'].strip(chr(39))}" if "settings" in says else ""
        lines = self._cost() if "cost" in says else self._lines(says)
        shown = ",\n".join(f"  {line}" for line in lines)
        seconds = period.split()[0]
        return (f'"title": "{title}", "region": "${{AWS::Region}}", "stat": "{statistic}", "period": {seconds}'
                f'{settings},\n"metrics": [\n{shown}\n]')

    def _lines(self, says):
        if "search" in says:
            metric, _, dimension = says["search"].partition(" by ")
            statistic, _, period = says["when"].partition(" of ")
            where = f'{{"{NAMESPACE}",district,{dimension}}} MetricName="{metric}" district="${{District}}"'
            where = where.replace('"', '\\"')
            yield f"[{{\"expression\": \"SEARCH('{where}', '{statistic}', {period.split()[0]})\", \"label\": \"\"}}]"
        for function, metric in self.groups.of_functions(says.get("each", {})):
            yield shown(metric, f'"label": "{function.name}"')
        for label, words in says.get("lines", {}).items():
            words, _, more = words.strip("'").partition(" | ")
            yield shown(Metric.read(words), f'"label": "{label}"' + (f", {more}" if more else ""))
        for label, expression in says.get("works-out", {}).items():
            yield f'[{{"expression": "{expression}", "label": "{label}"}}]'

    def _cost(self):
        """What a case costs, by requests, units and time."""
        # A table without an index is written by operators alone: too seldom to count.
        units = {
            "Write": self._units("Write", [table for table, indexes in self.groups.tables.items() if indexes]),
            "Read": self._units("Read", self.groups.tables),
        }
        runs = [(f"i{number}", f"d{number}", function) for number, function in enumerate(self.functions)]
        time = " + ".join(f"FILL({spent}, 0) * {function.memory / GIGABYTE:g}" for _, spent, function in runs)
        written, taken = _total(units["Write"]), _total(units["Read"])
        yield _worked_out("tables", f"({written} * ${{WritePrice}} + {taken} * ${{ReadPrice}})")
        yield _worked_out("api", "FILL(q, 0) * ${RequestPrice}", "API")
        called = f"{_total(runs)} * ${{InvocationPrice}}"
        yield _worked_out("functions", f"({called} + ({time}) / 1000 * ${{GigabyteSecondPrice}})")
        yield _worked_out("photos", "FILL(p, 0) * 3 * ${PutPrice}")
        for one, words in [*units["Write"], *units["Read"], ("q", "Count of Api")]:
            yield shown(Metric.read(words), f'"id": "{one}", "visible": false')
        for calls, spent, function in runs:
            yield shown(Metric.read(f"Invocations of {function.id}Function"), f'"id": "{calls}", "visible": false')
            yield shown(Metric.read(f"Duration of {function.id}Function"), f'"id": "{spent}", "visible": false')
        yield shown(Metric.read("PhotosReady"), '"label": "photos", "id": "p", "visible": false')
        yield shown(Metric.read("ReportsAccepted"), '"label": "cases", "id": "n", "visible": false')

    def _units(self, kind, tables):
        places = [f"{table}/{index}".rstrip("/") for table in tables for index in ["", *self.groups.tables[table]]]
        metrics = [f"Consumed{kind}CapacityUnits of {place}" for place in places]
        return [(f"{kind[0].lower()}{number}", metric) for number, metric in enumerate(metrics)]


def _total(metrics):
    return f"({' + '.join(f'FILL({one}, 0)' for one, *_ in metrics)})"


def _worked_out(name, millionths, label=None):
    return f'[{{"id": "{name}", "label": "{label or name}", "expression": "{millionths} / 1000000 / n"}}]'


def shown(metric, settings):
    """A metric as a line of a graph."""
    place = [metric.namespace.removeprefix("!Sub "), metric.name]
    for name, target, attribute in metric.dimensions:
        reference = f"{target}.{attribute}" if attribute else target
        place += [name, attribute if target is None else f"${{{reference}}}"]
    return f"[{', '.join(json.dumps(word) for word in place)}, {{{settings}}}]"


def resources(functions, groups, alarms):
    """The resources of the console."""
    if not functions:
        raise Unclear("the folder `functions` is empty")
    body = Dashboard(functions, groups, alarms).body()
    yield shape("dashboard", body=body)
    yield from queries(functions)
