"""Resources by their shape: a text with «places», filled in for each."""

import re
import textwrap

from parts import FOLDER, entries

# A line of the template is at most this long where it may as well be several.
COLUMNS = 120
_PLACE = re.compile(r"«(\w+)»")
# How each type takes the tags of the stack; what is not here takes none.
TAGGED = {
    **dict.fromkeys(("AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::Stage"), "tag-map"),
    **dict.fromkeys((
        "AWS::CloudFront::Distribution", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::DynamoDB::Table",
        "AWS::Events::Rule", "AWS::IAM::Role", "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::S3::Bucket",
        "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::SecretsManager::Secret",
    ), "tag-list"),
    "AWS::Budgets::Budget": "tag-resource",
    "AWS::Lambda::EventSourceMapping": "tag-outside-china",
}
_SHAPES = {entry.name: textwrap.dedent(entry.text.split("\n", 1)[1]) for entry in entries(FOLDER / "shapes.yaml")}


def shape(kind, /, **values):
    """A shape with its places filled. A line whose place is None goes; a text of several lines is indented like it."""
    lines = []
    for line in _SHAPES[kind].splitlines():
        places = _PLACE.findall(line)
        if any(values[place] is None for place in places):
            continue
        if places and line.strip() == f"«{places[0]}»":
            indent = line[:len(line) - len(line.lstrip())]
            lines += textwrap.indent(values[places[0]].rstrip("\n"), indent).splitlines()
        else:
            indent = " " * (len(line) - len(line.lstrip()))
            text = _PLACE.sub(lambda place: values[place[1]], line)
            head, *rest = text.splitlines()
            lines += [head, *(indent + more for more in rest)]
    return with_tags("\n".join(lines) + "\n")


def with_tags(text):
    """A resource with the tags of the stack, where its type takes them and it has none of its own."""
    kind = re.search(r"^  Type: (\S+)$", text, re.MULTILINE)
    tags = TAGGED.get(kind[1]) if kind else None
    if tags is None or "«" in text or re.search(r"^    (Resource)?Tags:", text, re.MULTILINE):
        return text
    return text.rstrip("\n") + "\n" + textwrap.indent(_SHAPES[tags], "    ")


def flow(values):
    """A list on one line."""
    return f"[{', '.join(values)}]"


def one_or_list(key, values, indent):
    """A key with one value or a list, on one line where there is room."""
    if len(values) == 1:
        return f"{key}: {values[0]}"
    line = f"{key}: {flow(values)}"
    return line if len(line) + indent <= COLUMNS else "\n".join([f"{key}:", *(f"  - {value}" for value in values)])


def always_list(key, values, indent):
    """The same for a key whose value must be a list."""
    return one_or_list(key, values, indent) if len(values) > 1 else f"{key}: {flow(values)}"
