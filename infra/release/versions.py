"""Which release the functions of a stack run: their versions, and the alias by which everything invokes them."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cloud import CloudError

ALIAS = "live"
# How the template begins the description of a function; E9311 of infra/rules holds it.
_SAYS = re.compile(r"Release (\S+), data (\d+)\.")
_FUNCTIONS = "StackResourceSummaries[?ResourceType=='AWS::Lambda::Function'].PhysicalResourceId"


@dataclass(frozen=True)
class Published:
    """A published version: its number, its release, and the newest step of stored data that its code knows."""

    number: int
    release: str
    data: int


@dataclass(frozen=True)
class Function:
    """A function with all that it published, the newest last, and the version that its alias names."""

    name: str
    published: tuple
    number: int

    @property
    def live(self):
        """The version that everything invokes; None for one that was published before there were releases."""
        return next((one for one in self.published if one.number == self.number), None)

    def of(self, release):
        """Its newest version of a release; None if it has none."""
        return next((one for one in reversed(self.published) if one.release == release), None)


def order(release):
    """The order of releases: by their numbers, and what leads to a release stands before it."""
    main, _, rest = release.partition("-")
    return [int(part) if part.isdigit() else 0 for part in main.split(".")], not rest, rest


def functions(cloud, stack):
    """The functions of a stack that have the alias."""
    listed = ("cloudformation", "list-stack-resources", "--stack-name", stack, "--query", _FUNCTIONS)
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda name: _function(cloud, name), sorted(cloud.call(*listed) or ()))
        return [one for one in found if one is not None]


def _function(cloud, name):
    try:
        alias = cloud.call("lambda", "get-alias", "--function-name", name, "--name", ALIAS)
    except CloudError as error:
        if "ResourceNotFound" in str(error):
            return None
        raise
    query = "Versions[].[Version, Description]"
    rows = cloud.call("lambda", "list-versions-by-function", "--function-name", name, "--query", query)
    # $LATEST is no version, and what was published before there were releases says none.
    said = [(number, _SAYS.match(words or "")) for number, words in rows if number.isdigit()]
    published = [Published(int(number), match[1], int(match[2])) for number, match in said if match]
    return Function(name, tuple(sorted(published, key=lambda one: one.number)), int(alias["FunctionVersion"]))


def turned_back(cloud, stack, values):
    """Other releases that functions run than the stack has: what `make rollback` left."""
    release = values.get("Release")
    if release is None:
        return []
    running = {one.live.release for one in functions(cloud, stack) if one.live}
    return sorted(running - {release}, key=order)


def refuse_if_turned_back(cloud, stack, values):
    """Refuses to change parameters while the functions run another release than the stack has.

    A change of parameters publishes the stack's code anew, and that is the one that was turned back.
    """
    if other := turned_back(cloud, stack, values):
        release = values["Release"]
        raise CloudError(
            f"the functions were turned back to {', '.join(other)} and the stack has {release}: bring it in line first, "
            f"by `make deploy VERSION={other[-1]}` or a release that mends {release}"
        )
