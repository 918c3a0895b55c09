"""Faults to inject into a template, chosen by what it has: each is one that a person could make by hand."""

from dataclasses import dataclass
from typing import Callable

from stack import of_type

MAPPING = "AWS::Lambda::EventSourceMapping"


@dataclass
class Fault:
    """One fault: where it is injected, and what a sentence about it must name."""

    logical_id: str
    change: Callable
    clue: str

    def inject(self, template):
        self.change(template["Resources"][self.logical_id]["Properties"])

    def is_named_in(self, sentences):
        return any(self.logical_id in sentence and self.clue in sentence for sentence in sentences)


def plan(template):
    """One fault of each of the four kinds."""
    kinds = (route_to_another_function, other_index_name, other_variable, bare_stream)
    return [kind(template) for kind in kinds]


def route_to_another_function(template):
    routes = of_type(template, "AWS::ApiGatewayV2::Route")
    staff = next(name for name, one in routes.items() if one["Properties"]["AuthorizationType"] == "JWT")
    target = routes[staff]["Properties"]["Target"]
    other = next(one["Properties"]["Target"] for one in routes.values() if one["Properties"]["Target"] != target)
    return Fault(staff, lambda properties: properties.update(Target=other), "")


def other_index_name(template):
    tables = of_type(template, "AWS::DynamoDB::Table").items()
    table, index = next(
        (name, number)
        for name, one in tables
        for number, _ in enumerate(one["Properties"].get("GlobalSecondaryIndexes", []))
    )
    return Fault(table, lambda p: p["GlobalSecondaryIndexes"][index].update(IndexName="mistyped"), "mistyped")


def other_variable(template):
    """In a function that neither HTTP nor a stream invokes, so that nothing but its own start tells."""
    busy = str([*of_type(template, "AWS::ApiGatewayV2::Integration").values(), *of_type(template, MAPPING).values()])
    functions = of_type(template, "AWS::Lambda::Function").items()
    function, variables = next(
        (name, one["Properties"]["Environment"]["Variables"]) for name, one in functions if f"'{name}Aliaslive'" not in busy
    )
    variable = next(name for name, value in variables.items() if isinstance(value, dict) and "Ref" in value)

    def rename(properties):
        variables = properties["Environment"]["Variables"]
        variables[f"OTHER_{variable}"] = variables.pop(variable)

    return Fault(function, rename, variable)


def bare_stream(template):
    tables = of_type(template, "AWS::DynamoDB::Table").items()
    table = next(name for name, one in tables if "StreamSpecification" in one["Properties"])
    return Fault(table, lambda p: p["StreamSpecification"].update(StreamViewType="KEYS_ONLY"), "StreamViewType")
