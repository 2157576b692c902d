"""The repository's files, as git tracks them. With LINT_UNTRACKED=1 also new ones that aren't ignored."""

import os
import pathlib
import subprocess
import sys

SOURCE_FOLDERS = ("domain", "config", "storage", "actors", "net", "cluster", "apps", "tests", "bench")
CPP = (".hpp", ".cpp")


def files():
    """Relative paths of all files that exist, sorted."""
    command = ["git", "ls-files", "-z", "--cached"]
    if os.environ.get("LINT_UNTRACKED") == "1":
        command += ["--others", "--exclude-standard"]
    listing = subprocess.run(command, capture_output=True, text=True)
    if listing.returncode != 0:
        sys.exit(f"the checks need a git checkout: {listing.stderr.strip()}")
    return sorted({path for name in listing.stdout.split("\0") if name and (path := pathlib.Path(name)).is_file()})


def cpp_files():
    return [path for path in files() if path.suffix in CPP and path.parts[0] in SOURCE_FOLDERS]


def lines(path):
    """(number, line) of a text file; nothing for a binary one."""
    data = path.read_bytes()
    if b"\0" in data:
        return []
    return enumerate(data.decode(errors="replace").splitlines(), start=1)


def report(findings):
    """Prints the findings, one a line, and ends the process."""
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
