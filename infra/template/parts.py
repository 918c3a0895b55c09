"""How the hand-written parts are read: YAML whose comments, quotes and tags stay as they are written."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
_KEY = re.compile(r"^(?! |#)(.+?):(?: |$)")


class Mapping(dict):
    """A mapping in its order, with the comment that stands above each key."""

    def __init__(self):
        super().__init__()
        self.comments = {}
        self.blocks = {}


@dataclass
class Entry:
    """One key at the left margin of a part, with its lines and the comment above it."""

    name: str
    comment: str
    text: str

    @property
    def values(self):
        """What stands below the key."""
        return read(self.text).get(self.name)

    @property
    def written(self):
        """The entry as it stands in the part."""
        return self.comment + self.text


def entries(path):
    """The entries of a part, in its order."""
    comment, current = "", None
    for line in Path(path).read_text("utf-8").splitlines(keepends=True):
        key = _KEY.match(line)
        if key:
            if current:
                yield current
            current, comment = Entry(key[1], comment, line), ""
        elif line.startswith(("#", "\n")):
            comment += line
        else:
            current.text += comment + line
            comment = ""
    if current:
        yield current


def part(name):
    """The entries of a part beside this file."""
    return list(entries(FOLDER / name))


def read(text):
    """A YAML text as mappings, lists and scalars, where each scalar is the text that stands there."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return _value(node, text)


def _value(node, text):
    tagged = text[node.start_mark.index] == "!"
    if isinstance(node, yaml.MappingNode) and not tagged:
        mapping, lines = Mapping(), text.splitlines(keepends=True)
        for key, value in node.value:
            mapping[key.value] = _value(value, text)
            mapping.comments[key.value] = _comment_above(lines, key.start_mark.line)
            mapping.blocks[key.value] = "".join(lines[key.start_mark.line + 1:value.end_mark.line])
        return mapping
    if isinstance(node, yaml.SequenceNode) and not tagged:
        return [_value(entry, text) for entry in node.value]
    written = text[node.start_mark.index:node.end_mark.index].rstrip()
    head, _, rest = written.partition("\n")
    return f"{head}\n{textwrap.indent(textwrap.dedent(rest), '  ')}" if rest else head


def _comment_above(lines, index):
    first = index
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return "".join(line.strip() + "\n" for line in lines[first:index])
