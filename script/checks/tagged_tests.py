"""Runs the tests that carry an invariant's tag, such as [I2], and tells which of them passed.

Two kinds of tests carry tags:
- test cases of the Catch2 binaries, in their names: TEST_CASE("account: … [I2]", "[domain]");
- scripts that are registered in ctest with the label "invariants". They print a line of TAP for each thing shown:
  "ok - tour: a suspended account is refused [I2]" or "not ok - …". A line that ends in "# SKIP why" shows nothing.
"""

import dataclasses
import re
import subprocess
import tempfile
import xml.etree.ElementTree

import registered_tests

TAG = re.compile(r"\[I(\d+)\]")
TAP = re.compile(r"^\s*(not ok|ok)\b(?:\s+\d+)?\s*(?:-\s*)?(.*?)\s*$")
SKIPPED = re.compile(r"#\s*(skip|todo)\b", re.IGNORECASE)
SCRIPT_LABEL = "invariants"


@dataclasses.dataclass
class Outcome:
    source: str  # the binary or the script
    name: str
    passed: bool
    why: str = ""  # when it didn't pass

    @property
    def invariants(self):
        return sorted({int(number) for number in TAG.findall(self.name)})


def tag_filter(numbers):
    """Catch2's filter for the test cases that carry these invariants' tags. A bare bracket would open one of Catch2's
    own tags; quoting and whole names as filters don't work in version 2 (a comma in a name ends it)."""
    return ",".join(rf"*\[I{number}]*" for number in numbers)


def case_names(binary, test, filters="~[.]"):
    """The names of a Catch2 binary's test cases that the filter selects; hidden ones are left out by default."""
    # Catch2 2's exit code is the number of test cases here.
    listing = subprocess.run([binary, filters, "--list-test-names-only"], capture_output=True, text=True, timeout=60,
                             cwd=test.folder, env=registered_tests.environment_of(test))
    return [line.strip().strip('"') for line in listing.stdout.splitlines() if line.strip()]


def run_cases(binary, test, filters, names):
    """Runs what the filter selects: one outcome for each of the names, also if the binary dies or hangs on the way."""
    with tempfile.NamedTemporaryFile("rb") as report:
        command = [binary, filters, "--reporter", "xml", "--out", report.name, "--warn", "NoAssertions"]
        try:
            process = subprocess.run(command, cwd=test.folder, env=registered_tests.environment_of(test),
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=test.timeout_s)
            ending = f"the binary died of signal {-process.returncode}" if process.returncode < 0 else "did not run"
        except subprocess.TimeoutExpired:
            ending = f"not over after {test.timeout_s:.0f} s"
        results = read_report(report)
    return [Outcome(binary.name, name, *results.get(name, (False, ending))) for name in names]


def read_report(report):
    """Test case's name to (passed, why not), from as much of Catch2's XML as there is."""
    results = {}
    try:
        for event, element in xml.etree.ElementTree.iterparse(report, events=("start", "end")):
            if element.tag != "TestCase":
                continue
            name = element.get("name", "").strip()
            if event == "start":
                results[name] = (False, "did not come to its end")
            else:
                overall = element.find("OverallResult")
                passed = overall is not None and overall.get("success") == "true"
                results[name] = (passed, "" if passed else first_failure(element))
                element.clear()
    except xml.etree.ElementTree.ParseError:
        pass  # the binary died: what it reported until then counts
    return results


def first_failure(case):
    for expression in case.iter("Expression"):
        if expression.get("success") != "true":
            text = " ".join((expression.findtext("Expanded") or expression.findtext("Original") or "").split())
            return f"{expression.get('filename')}:{expression.get('line')}: {text}"
    for tag in ("FatalErrorCondition", "Exception", "Failure"):
        for element in case.iter(tag):
            return f"{element.get('filename', '')}:{element.get('line', '')}: {' '.join((element.text or '').split())}"
    return "no assertion was made"


def run_script(test):
    """Runs a script that prints TAP; its failing as a whole is an outcome of its own."""
    outcomes = []
    try:
        process = subprocess.run(test.command, cwd=test.folder, env=registered_tests.environment_of(test),
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                 timeout=test.timeout_s)
        output, trouble = process.stdout, f"exit status {process.returncode}" if process.returncode else ""
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace")
        trouble = f"not over after {test.timeout_s:.0f} s"
    for line in output.splitlines():
        found = TAP.match(line)
        if found and not SKIPPED.search(line):
            passed = found[1] == "ok"
            outcomes.append(Outcome(test.name, found[2], passed, "" if passed else "the script says not ok"))
    if trouble:
        tail = " | ".join(output.strip().splitlines()[-3:])
        outcomes.append(Outcome(test.name, "(the script as a whole)", False, f"{trouble}: {tail}"))
    return outcomes


def catch_binaries(build):
    """Each Catch2 binary of the build once, with a registered test that says where and how to run it."""
    binaries = {}
    for test in registered_tests.registered(build):
        binary = registered_tests.catch_binary(test, build)
        if binary is not None and not test.disabled:
            binaries.setdefault(binary, test)
    return binaries


def scripts(build):
    return [test for test in registered_tests.registered(build)
            if SCRIPT_LABEL in test.labels and test.command and not test.disabled
            and registered_tests.catch_binary(test, build) is None]
