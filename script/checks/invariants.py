"""Which executed tests carry which invariant; see script/test --invariants and tagged_tests.py.

usage: invariants.py BUILD_FOLDER
Exits non-zero if a tagged test failed, an invariant has no test, or a tag names none.
"""

import collections
import pathlib
import re
import sys

import tagged_tests

ALL = range(1, 20)
# This one needs published checkpoints.
NOT_YET = {17}
WORDING = pathlib.Path("docs/ARCHITECTURE.md")


def wording():
    """The invariants' own words: the numbered list under a heading "Invariants" of the architecture page."""
    if not WORDING.exists():
        return {}
    section = re.search(r"^#+ Invariants$(.*?)(?=^#|\Z)", WORDING.read_text(), re.MULTILINE | re.DOTALL)
    lines = section[1].splitlines() if section else []
    return {int(found[1]): found[2] for line in lines if (found := re.match(r"(\d+)\.\s+(.*)", line))}


def run_all(build):
    outcomes = []
    for binary, test in sorted(tagged_tests.catch_binaries(build).items()):
        names = [name for name in tagged_tests.case_names(binary, test) if tagged_tests.TAG.search(name)]
        print(f"{binary.name}: {len(names)} tagged test cases", file=sys.stderr, flush=True)
        if names:
            tags = sorted({int(number) for name in names for number in tagged_tests.TAG.findall(name)})
            outcomes += tagged_tests.run_cases(binary, test, tagged_tests.tag_filter(tags), names)
    for test in tagged_tests.scripts(build):
        print(f"{test.name}: script", file=sys.stderr, flush=True)
        outcomes += tagged_tests.run_script(test)
    return outcomes


def main(build):
    outcomes = run_all(build)
    words = wording()
    carrying = collections.defaultdict(list)
    for outcome in outcomes:
        for number in outcome.invariants:
            carrying[number].append(outcome)
    for number in sorted(set(ALL) | set(carrying)):
        if number in NOT_YET and not carrying[number]:
            continue
        print(f"\nI{number}  {words.get(number, '')}".rstrip())
        for outcome in carrying[number]:
            print(f"  {'passed' if outcome.passed else 'FAILED'}  {outcome.source}: {outcome.name}")
            if not outcome.passed:
                print(f"          {outcome.why}")
        if not carrying[number]:
            print("  NO TEST")

    failed = [outcome for outcome in outcomes if not outcome.passed]
    without = [number for number in ALL if number not in NOT_YET and not carrying[number]]
    unknown = sorted(number for number in carrying if number not in ALL)
    for outcome in (outcome for outcome in failed if not outcome.invariants):
        print(f"\nFAILED  {outcome.source}: {outcome.name}\n        {outcome.why}")
    needed = len(ALL) - len(NOT_YET)
    print(f"\n{needed - len(without)} of {needed} invariants have tests; {len(outcomes) - len(failed)} tests passed, {len(failed)} failed")
    if without:
        print("without a test: " + ", ".join(f"I{number}" for number in without))
    if unknown:
        print("no such invariant: " + ", ".join(f"I{number}" for number in unknown))
    return 1 if failed or without or unknown else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
