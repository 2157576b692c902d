"""Who may include whom: the table of docs/ARCHITECTURE.md, checked on every #include of a tracked C++ file."""

import fnmatch
import re

import tracked

# Folder to what its files may include besides their own folder: whole folders, or single headers by pattern.
# What a folder shows to others ("interfaces") is named header by header, so that a new one is a decision.
STORAGE_INTERFACES = ("storage/journal.hpp", "storage/store.hpp", "storage/digest.hpp", "storage/password.hpp")
# Shards fold their own changes into rows and read what `decide` needs from them.
ROWS_FOR_SHARDS = ("storage/erasure.hpp", "storage/fold.hpp", "storage/queries.hpp", "storage/rebuild.hpp", "storage/stored_rows.hpp", "storage/tables.hpp")
# Whoever answers a query reads rows, and nothing of storage but that (docs/adr/0007-reads-from-rows.md).
ROWS_FOR_READERS = ("storage/store.hpp", "storage/queries.hpp", "storage/stored_rows.hpp")
ACTORS_INTERFACES = (
    "actors/interfaces.hpp",
    "actors/chat_seal.hpp",
    "actors/counters.hpp",
    "actors/errors.hpp",
    "actors/everywhere.hpp",
    "actors/policy_keeper.hpp",
    "actors/router.hpp",
    "actors/services.hpp",
    "actors/supervision_tree.hpp",
)
MAY_INCLUDE = {
    "domain": (),
    "config": ("domain/*",),
    "storage": ("domain/*", "config/*"),
    "actors": ("domain/*", "config/*", *STORAGE_INTERFACES, *ROWS_FOR_SHARDS),
    "net": ("domain/*", "config/*", *ACTORS_INTERFACES, *ROWS_FOR_READERS),
    "cluster": ("domain/*", "config/*", "storage/*", *ACTORS_INTERFACES),
    "apps": ("*",),
    "tests": ("*",),
    "bench": ("*",),
}
# What only a few files may name, whatever their folder may: people's identities in plain text, and their keys.
# Envelope encryption as such names nobody; chat bodies are sealed with it too.
ONLY_FROM = {
    "storage/vault/*": ("storage/vault/*", "actors/vault*", "actors/chat_seal.cpp", "apps/*", "tests/*"),
    "cluster/etcd/*.pb.h": ("cluster/etcd/*",),
    "cluster/link/*.pb.h": ("cluster/link/*",),
}
# Files that may include more than their folder.
ALSO = {"actors/vault*": ("storage/vault/*",), "actors/chat_seal.cpp": ("storage/vault/envelope.hpp",)}
# The independent verifier shares nothing with the server but the hash function.
VERIFIER = "apps/charter-verify*"
VERIFIER_MAY_INCLUDE = (VERIFIER, "storage/digest.hpp")

# Libraries, as prefixes of <…>, to the folders whose files may include them. apps, tests and bench may use all.
LIBRARIES = {
    "caf/": ("actors", "cluster", "net"),
    "boost/": ("net", "cluster"),
    "grpc": ("cluster/etcd", "cluster/link"), # eight seconds a file; the rest sees client.hpp and link.hpp there
    "leveldb/": ("storage",),
    "msgpack": ("domain/codec", "storage", "net"),
    "nlohmann/": ("domain/codec", "config", "storage", "actors/vault", "net"),
    "toml++/": ("config",),
    "openssl/": ("storage", "net", "cluster"),
    "sodium": ("storage", "actors", "net"),
    "spdlog/": ("config", "storage", "actors", "net", "cluster"),
    "prometheus/": ("storage", "actors", "net", "cluster"),
    "pugixml": (),
    "CLI/": (),
    "zlib": ("net",),
}
FREE = ("apps", "tests", "bench")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def matches(path, patterns):
    return any(fnmatch.fnmatch(str(path), pattern) for pattern in patterns)


def own_header_problem(path, target):
    folder = path.parts[0]
    if target.split("/")[0] not in tracked.SOURCE_FOLDERS:
        return 'write the path from the repository\'s root, as in "domain/ids.hpp"'
    for guarded, readers in ONLY_FROM.items():
        if fnmatch.fnmatch(target, guarded) and not matches(path, readers):
            return f"{guarded} may be included from {', '.join(readers)} only"
    if fnmatch.fnmatch(str(path), VERIFIER):
        return None if matches(target, VERIFIER_MAY_INCLUDE) else f"the verifier may include {', '.join(VERIFIER_MAY_INCLUDE)}"
    extra = tuple(target for pattern, targets in ALSO.items() if fnmatch.fnmatch(str(path), pattern) for target in targets)
    if matches(target, (f"{folder}/*", *MAY_INCLUDE[folder], *extra)):
        return None
    return f"{folder}/ may include " + (", ".join(MAY_INCLUDE[folder]) or "nothing but the standard library")


def library_problem(path, target):
    folder = path.parts[0]
    if folder in FREE:
        return None
    for prefix, folders in LIBRARIES.items():
        if target.startswith(prefix):
            if any(f"{path}".startswith(f"{allowed}/") for allowed in folders):
                return None
            return f"<{prefix}…> is for " + (", ".join(folders) or "apps, tests and bench")
    if folder == "domain" and ("/" in target or target.endswith((".h", ".hpp"))):
        return "domain/ uses the standard library only"
    return None


def main():
    findings = []
    for path in tracked.cpp_files():
        for number, line in tracked.lines(path):
            found = INCLUDE.match(line)
            if not found:
                continue
            problem = (own_header_problem if found[1] == '"' else library_problem)(path, found[2])
            if problem:
                findings.append(f"{path}:{number}: {found[2]}: {problem}")
    tracked.report(findings)


if __name__ == "__main__":
    main()
