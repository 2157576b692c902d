"""clang-tidy on the C++ files that changed, or that include a header that changed.

usage: tidy.py COMPILE_COMMANDS_FOLDER [--all] [file…]

What passed once isn't looked at again until it, or a header of ours that it includes, changes.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

import tracked

TIDY = "clang-tidy-14"
SCRATCH = pathlib.Path("build/lint")
BUDGET_S = 20 * 60  # what is left after that is named, not hidden
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
FINDING = re.compile(r"^(\S+?):(\d+):\d+: (warning|error): (.*)$")
# g++ is the compiler; what clang 14 can't read of it is a remark, not a finding.
UNREADABLE = "clang-diagnostic-error"


def git(*arguments):
    result = subprocess.run(["git", *arguments], capture_output=True, text=True)
    return result.stdout.strip() if result.returncode == 0 else None


def changed_files():
    """Against where this branch left origin/main, or against the commit before; with what isn't committed. None if
    there is no commit to compare with."""
    head, base = git("rev-parse", "HEAD"), git("merge-base", "HEAD", "origin/main")
    if base is None or base == head:
        base = git("rev-parse", "--verify", "--quiet", "HEAD~1")
    if base is None:
        return None
    return {pathlib.Path(name) for name in git("diff", "--name-only", base).splitlines()}


@functools.cache
def closure(path):
    """The file and all headers of ours that it includes, however indirectly."""
    seen, waiting = set(), [path]
    while waiting:
        file = waiting.pop()
        if file not in seen and file.is_file():
            seen.add(file)
            waiting += [pathlib.Path(name) for name in INCLUDE.findall(file.read_text(errors="replace"))]
    return seen


def key_of(path):
    digest = hashlib.sha256(pathlib.Path(".clang-tidy").read_bytes())
    for file in sorted(closure(path)):
        digest.update(str(file).encode() + file.read_bytes())
    return digest.hexdigest()


def commands_for_clang(folder):
    """Writes a copy of compile_commands.json that clang understands, and gives the set of files in it."""
    root, entries, files = pathlib.Path.cwd(), [], set()
    for entry in json.loads((folder / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if not file.is_relative_to(root):
            continue
        arguments, kept = shlex.split(entry["command"]), []
        for index, argument in enumerate(arguments):
            # Warnings are g++'s business, and clang doesn't know all of its names.
            if argument == "-fpch-preprocess" or argument.startswith("-W"):
                continue
            # clang would take GCC's precompiled header, which lies beside this file, for its own: give it the text.
            if argument.endswith("cmake_pch.hxx") and index > 0 and arguments[index - 1] == "-include":
                copy = root / SCRATCH / hashlib.sha256(argument.encode()).hexdigest()[:12] / "cmake_pch.hxx"
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(pathlib.Path(entry["directory"], argument).read_bytes())
                argument = str(copy)
            kept.append(argument)
        entries.append({"directory": entry["directory"], "file": str(file), "arguments": kept})
        files.add(file.relative_to(root))
    SCRATCH.mkdir(parents=True, exist_ok=True)
    (SCRATCH / "compile_commands.json").write_text(json.dumps(entries))
    return files


def examine(path, deadline):
    """(findings, could it be read) of one file; None when the time is over."""
    if time.monotonic() > deadline:
        return None
    process = subprocess.run([TIDY, "--quiet", "-p", str(SCRATCH), str(path)], capture_output=True, text=True)
    # Names of readability-identifier-naming without a place are clang's own inventions: no line matches those.
    findings, readable = [], process.returncode >= 0
    for line in process.stdout.splitlines():
        found = FINDING.match(line)
        if not found:
            continue
        if UNREADABLE in found[4]:
            readable = False
        else:
            place = os.path.relpath(found[1]) if found[1].startswith("/") else found[1]
            findings.append(f"{place}:{found[2]}: {found[4].replace(',-warnings-as-errors', '')}")
    return findings, readable


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()

    if not (arguments.folder / "compile_commands.json").is_file():
        print(f"{arguments.folder} isn't configured, so clang-tidy is left out; script/build does it", file=sys.stderr)
        return 0
    sources = [path for path in tracked.cpp_files() if path.suffix == ".cpp"]
    if arguments.files:
        sources = [path for path in sources if path in arguments.files]
    elif not arguments.all:
        changed = changed_files()
        if changed is None:
            print("no commit to compare with, so clang-tidy is left out; script/lint tidy --all looks at all", file=sys.stderr)
            return 0
        sources = [path for path in sources if closure(path) & changed]
    known = commands_for_clang(arguments.folder)
    passed = SCRATCH / "passed"
    passed.mkdir(exist_ok=True)
    waiting = {path: key for path in sources if path in known and not (passed / (key := key_of(path))).exists()}

    deadline = time.monotonic() + BUDGET_S
    findings, unreadable, left = set(), [], []
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for path, result in zip(waiting, pool.map(lambda path: examine(path, deadline), waiting)):
            if result is None:
                left.append(str(path))
                continue
            findings.update(result[0])
            if not result[1]:
                unreadable.append(str(path))
            elif not result[0]:
                (passed / waiting[path]).touch()
    if unreadable:
        print(f"clang 14 can't read {len(unreadable)} of the files that g++ compiles: {' '.join(unreadable)}", file=sys.stderr)
    if left:
        print(f"not looked at within {BUDGET_S // 60} minutes: {' '.join(left)}; the next run goes on there", file=sys.stderr)
    for finding in sorted(findings):
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
