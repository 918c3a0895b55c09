"""Goes back to the release before: turns the alias of every function to its version of that release.

Nothing is built, uploaded or updated, so that it takes seconds. The stack keeps its template and parameters, and is
brought in line afterwards by `make deploy VERSION=`. Used by `make rollback`.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import creation  # noqa: E402 - found beside this file
import deploy  # noqa: E402
import releases  # noqa: E402
import versions  # noqa: E402
from cloud import Cloud, CloudError  # noqa: E402


def target(functions, version):
    """The release to go back to: the one that was asked for, or else the newest that is older than what runs."""
    running = [one.live.release for one in functions if one.live]
    if not running:
        raise CloudError("no function says of which release it is: deploy one first")
    newest = max(running, key=versions.order)
    known = {one.release for function in functions for one in function.published}
    if version and version not in known:
        raise CloudError(f"no function has a version of {version}; there are {', '.join(sorted(known, key=versions.order))}")
    before = [one for one in known if versions.order(one) < versions.order(newest)]
    if not version and not before:
        raise CloudError(f"{newest} runs, and no older release was published: there is nothing to go back to")
    return newest, version or max(before, key=versions.order)


def moves(functions, release):
    """What has to be turned: (function, its version of the release)."""
    found = [(function, function.of(release)) for function in functions]
    return [(function, version) for function, version in found if version and version.number != function.number]


def turn(cloud, function, version):
    """Turns the alias of one function; a share of the requests that a canary has goes back with it."""
    cloud.text(
        *("lambda", "update-alias", "--function-name", function.name, "--name", versions.ALIAS),
        *("--function-version", str(version.number), "--routing-config", '{"AdditionalVersionWeights": {}}'),
    )


def rollback(cloud, options, ask=input):
    """The whole of it."""
    found = creation.existing(cloud, options.stack)
    values = creation.values(found)
    if values is None:
        raise CloudError(f"there is no stack {options.stack}")
    if found["StackStatus"].endswith("IN_PROGRESS"):
        raise CloudError(
            f"the stack is {found['StackStatus']}: CloudFormation itself goes back when you run\n"
            f"  aws cloudformation cancel-update-stack --stack-name {options.stack} --region {options.region}"
        )
    functions = versions.functions(cloud, options.stack)
    newest, release = target(functions, options.version)
    turned = moves(functions, release)
    data = min((version.data for _, version in turned), default=None)
    if data is not None:
        releases.refuse_data(release, 0, data, releases.stored_number(cloud, options.stack, values["District"]))
    for function in functions:
        version = function.of(release)
        words = f"{function.number} -> {version.number}" if version else "stays: it has no version of that release"
        print(f"{function.name}: {words}")
    print(f"from {newest} to {release}")
    if not turned:
        print("The functions run it already.")
    elif not deploy.confirmed(options.yes, ask):
        print("Nothing was changed.")
        return
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda move: turn(cloud, *move), turned))
    if values.get("Release") != release:
        print(
            f"The functions run {release}; template and parameters are those of {values.get('Release')}. Bring the stack in "
            f"line by `make deploy VERSION={release}`, or deploy what mends it. Until then parameters cannot be changed."
        )


def main(arguments):
    parser = argparse.ArgumentParser(description="Goes back to the release before.")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--version", default="", help="another release than the one before")
    parser.add_argument("--yes", action="store_true", help="execute without asking")
    options = parser.parse_args(arguments)
    if not options.stack or not options.region:
        raise CloudError("say which: STACK=zhitiao REGION=cn-north-1, for example")
    rollback(Cloud(options.region), options)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CloudError as refusal:
        sys.exit(f"rollback: {refusal}")
