"""What stands in short in a part: tables, buckets, secrets, dead letters. An entry with a `Type` passes as it is."""

from functions import Unclear
from shapes import flow, shape, with_tags

# The name of a bucket that no reference may lead to, and its ARN.
NAMED = "${AWS::StackName}-%s-${AWS::AccountId}-${AWS::Region}"
ARN = "arn:${AWS::Partition}:s3:::" + NAMED


def resources(entries, functions=()):
    """The resources of a part."""
    for entry in entries:
        says = entry.values
        if "Type" in says:
            yield entry.comment + with_tags(entry.text)
            continue
        short = next((short for key, short in SHORT.items() if key in says), None)
        if short is None:
            raise Unclear(f"{entry.name} has no Type, and none of {', '.join(SHORT)}: give it one")
        # A blank line, and the head of a section, stay above.
        yield from short(entry.name, says, entry.comment.lstrip("\n") or None, functions)


def buckets(entries):
    """The ARN of each bucket. One that a function waits for is named here, for a reference would be a circle."""
    found = {entry.name: entry.values for entry in entries if "bucket" in entry.values}
    return {name: f"!Sub {ARN % says['named']}" if "named" in says else None for name, says in found.items()}


def indexes(entries):
    """The tables with the names of their indexes."""
    return {entry.name: list(entry.values.get("indexes", ())) for entry in entries if "table" in entry.values}


def _table(name, says, comment, _):
    keyed = says.get("indexes", {})
    attributes = dict(says["table"])
    for index in keyed.values():
        attributes |= index["keys"]
    lines = "".join(f"- {{ AttributeName: {one}, AttributeType: {kind} }}\n" for one, kind in attributes.items())
    inner = [
        shape("index", name=index, keys=_keys(says_index["keys"]), comment=keyed.comments.get(index) or None,
              projection="INCLUDE" if "with" in says_index else "KEYS_ONLY",
              **{"with": flow(says_index["with"]) if "with" in says_index else None})
        for index, says_index in keyed.items()
    ]
    yield shape("table", name=name, comment=comment, attributes=lines, keys=_keys(says["table"]),
                indexes=shape("indexes", indexes="".join(inner)) if inner else None,
                stream=shape("table-stream", images=says["stream"]) if "stream" in says else None,
                ttl=shape("table-ttl", attribute=says["ttl"]) if "ttl" in says else None)


def _keys(keys):
    return "".join(f"- {{ AttributeName: {one}, KeyType: {kind} }}\n" for one, kind in zip(keys, ("HASH", "RANGE")))


def _bucket(name, says, comment, functions):
    takes = next((function for function in functions if function.says.get("uploads") == name), None)
    yield shape(
        "bucket", name=name, comment=comment, lifecycle=says["bucket"], days=says.get("days"),
        named=f"!Sub {NAMED % says['named']}" if "named" in says else None,
        after=f"{takes.id}Permission" if takes else None, event=shape("bucket-event", Name=takes.id) if takes else None,
        erased="1" if "copied-by" in says else None,
        copy=shape("bucket-copy", role=says["copied-by"]) if "copied-by" in says else None,
        cors=shape("bucket-cors") if "pages-upload" in says else None,
    )
    yield shape("bucket-policy", name=name)


def _secret(name, says, comment, _):
    reason = says.get("not-retained")
    deletion = ("Delete", "Delete") if reason else ("RetainExceptOnCreate", "Retain")
    yield shape("secret", name=name, comment=comment, does=says["secret"], condition=says.get("condition"),
                excused=shape("secret-excused", reason=reason) if reason else None,
                deletion=deletion[0], replacement=deletion[1])


def _dead_letters(name, says, comment, _):
    allowed = "{ redrivePermission: denyAll }"
    yield shape("dead-letters", Name=name, holds=says["dead-letters"], comment=comment, allowed=allowed)


SHORT = {"table": _table, "bucket": _bucket, "secret": _secret, "dead-letters": _dead_letters}
