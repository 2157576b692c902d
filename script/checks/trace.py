"""The guided tour: comments such as "// trace: publish 3/7" in the code, against docs/TRACE.md.

Of each trace, every step 1..N stands exactly once in the code, and all agree on N. docs/TRACE.md names every step as
"publish 3/7"; if that line also names a source file, it is the one in which the step stands.
"""

import collections
import pathlib
import re

import tracked

PAGE = pathlib.Path("docs/TRACE.md")
IN_CODE = re.compile(r"//.*?\btrace:\s*(.*?)\s*$")
STEP = re.compile(r"\b([a-z][a-z_-]*) (\d+)/(\d+)")
SOURCE_FILE = re.compile(r"\b[a-z_-]+(?:/[\w.-]+)+\.(?:hpp|cpp)\b")


def steps_in_code(findings):
    """Step to the places where it stands, for all well-formed comments."""
    places = collections.defaultdict(list)
    for path in tracked.cpp_files():
        if path.parts[0] in ("tests", "bench"):
            continue
        for number, line in tracked.lines(path):
            found = IN_CODE.search(line)
            if not found:
                continue
            steps = list(STEP.finditer(found[1]))
            if not steps:
                findings.append(f'{path}:{number}: a trace comment reads "// trace: publish 3/7"')
            for step in steps:
                places[(step[1], int(step[2]), int(step[3]))].append((path, number))
    return places


def check_code(places, findings):
    """Complete, without repeats, and of one length."""
    for trace in sorted({name for name, _, _ in places}):
        lengths = {length for name, _, length in places if name == trace}
        if len(lengths) > 1:
            findings.append(f"trace {trace}: its comments disagree on the number of steps: {sorted(lengths)}")
            continue
        length = lengths.pop()
        for step in range(1, length + 1):
            found = places.get((trace, step, length), [])
            if not found:
                findings.append(f"trace {trace}: step {step}/{length} is nowhere in the code")
            for path, number in found[1:]:
                findings.append(f"{path}:{number}: trace {trace} {step}/{length} stands in {found[0][0]}:{found[0][1]} already")
        for name, step, _ in places:
            if name == trace and not 1 <= step <= length:
                findings.append(f"trace {trace}: there is no step {step}/{length}")


def check_page(places, findings):
    mentioned = set()
    traces = {name for name, _, _ in places}
    for number, line in tracked.lines(PAGE) if PAGE.exists() else []:
        for found in STEP.finditer(line):
            step = (found[1], int(found[2]), int(found[3]))
            if step not in places:
                if step[0] in traces:
                    findings.append(f"{PAGE}:{number}: {found[0]} is nowhere in the code")
                continue
            mentioned.add(step)
            files = set(SOURCE_FILE.findall(line))
            if files and not any(str(path) in files for path, _ in places[step]):
                findings.append(f"{PAGE}:{number}: {found[0]} stands in {places[step][0][0]}, not in {', '.join(sorted(files))}")
    for name, step, length in sorted(set(places) - mentioned):
        path, number = places[(name, step, length)][0]
        findings.append(f"{path}:{number}: {PAGE} doesn't mention {name} {step}/{length}")


def main():
    findings = []
    places = steps_in_code(findings)
    check_code(places, findings)
    check_page(places, findings)
    tracked.report(findings)


if __name__ == "__main__":
    main()
