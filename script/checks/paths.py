"""No tracked file names a path that exists on one machine only. "lint: path" in a line says that it is meant."""

import re

import tracked

# Absolute paths to people's folders and scratch checkouts; written so that this file doesn't find itself.
MACHINE_PATH = re.compile(r"(?<![\w.:/~$}>-])/(?:[w]ork|[h]ome|[r]oot|[U]sers)/[\w.-]")
OUTSIDE = re.compile(r"\bshared/[d]esign\b")


def main():
    findings = []
    for path in tracked.files():
        for number, line in tracked.lines(path):
            if "lint: path" in line:
                continue
            if MACHINE_PATH.search(line):
                findings.append(f"{path}:{number}: an absolute path of one machine; say it from the repository's root")
            if OUTSIDE.search(line):
                findings.append(f"{path}:{number}: a page outside the repository; refer to docs/")
    tracked.report(findings)


if __name__ == "__main__":
    main()
