"""What a build folder has registered with ctest: names, commands, labels, and which binaries are Catch2's.

usage: registered_tests.py labels BUILD_FOLDER             each label with its number of tests
       registered_tests.py targets BUILD_FOLDER LABEL…     the build targets that the labels' tests need
"""

import collections
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys


@dataclasses.dataclass
class Test:
    name: str
    command: list  # empty if ctest finds no executable, because it isn't built yet
    labels: set
    folder: str
    environment: dict
    timeout_s: float
    disabled: bool


def registered(build):
    """Every test that ctest knows in the build folder, in its order."""
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, text=True)
    if listing.returncode != 0:
        sys.exit(f"ctest can't read {build}: {listing.stderr.strip()}; script/build configures it")
    tests = []
    for entry in json.loads(listing.stdout)["tests"]:
        properties = {p["name"]: p["value"] for p in entry.get("properties", [])}
        tests.append(Test(
            name=entry["name"],
            command=entry.get("command", []),
            labels=set(properties.get("LABELS", [])),
            folder=properties.get("WORKING_DIRECTORY", str(build)),
            environment=dict(pair.split("=", 1) for pair in properties.get("ENVIRONMENT", [])),
            timeout_s=float(properties.get("TIMEOUT", 900)),
            disabled=str(properties.get("DISABLED", False)).lower() in ("true", "on", "1"),
        ))
    return tests


def catch_binary(test, build):
    """The test's executable if it is one of the build's Catch2 binaries (*_test), else None."""
    if not test.command:
        return None
    program = pathlib.Path(test.command[0]).resolve()
    inside = pathlib.Path(build).resolve() in program.parents
    return program if inside and program.name.endswith("_test") else None


def environment_of(test):
    return {**os.environ, **test.environment}


def programs(build):
    """Each test's program as CMake wrote it down: ctest leaves out the command of what isn't built yet."""
    written = re.compile(r'^add_test\((?:\[=*\[)?(.+?)(?:\]=*\])? "([^"]+)"', re.MULTILINE)
    return {name: program for file in pathlib.Path(build).rglob("CTestTestfile.cmake")
            for name, program in written.findall(file.read_text())}


def targets(build, labels):
    """The Catch2 binaries of these labels; nothing, which means everything, if one of their tests needs more."""
    program_of = programs(build)
    names = set()
    for test in registered(build):
        if test.labels & set(labels):
            name = pathlib.Path(program_of.get(test.name, "")).name
            if not name.endswith("_test"):
                return []
            names.add(name)
    return sorted(names)


def main(arguments):
    match arguments:
        case ["labels", build]:
            count = collections.Counter(label for test in registered(build) for label in test.labels)
            for label, tests in sorted(count.items()):
                print(f"{label:<16} {tests}")
        case ["targets", build, *labels]:
            print("\n".join(targets(build, labels)), end="")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
