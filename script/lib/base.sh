# shellcheck shell=bash
# What the scripts share: the repository's root, how they speak, and the list of presets.
# Sourced, never run; the sourcing script has set -euo pipefail.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SELF=script/$(basename "$0")
SELF_FILE=$ROOT/$SELF
CALLER_DIR=$PWD
cd "$ROOT" || exit

# A path that the caller gave, seen from the caller's folder.
from_caller() { case $1 in /*) echo "$1" ;; *) echo "$CALLER_DIR/$1" ;; esac; }

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then BOLD=$'\e[1m' RED=$'\e[31m' PLAIN=$'\e[0m'; else BOLD='' RED='' PLAIN=''; fi

# Progress and remarks go to stderr: stdout belongs to what was asked for.
say() { printf '%s%s:%s %s\n' "$BOLD" "$SELF" "$PLAIN" "$*" >&2; }
fail() { printf '%s%s:%s %s\n' "$RED" "$SELF" "$PLAIN" "$*" >&2; }
# die MESSAGE [EXIT]: the message says what to do about it.
die() { fail "$1"; exit "${2:-1}"; }

# Prints the comment block at the top of the script, which is its help.
help_text() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$SELF_FILE"; }

readonly PRESETS=(dev release asan tsan fuzz cov)
is_preset() { local name; for name in "${PRESETS[@]}"; do [[ $1 == "$name" ]] && return 0; done; return 1; }

# One job per core, but no more than one per GiB of memory that is free now: a file that uses CAF takes about that.
default_jobs() {
  local cores gib
  cores=$(nproc)
  gib=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  if ((gib < 1)); then gib=1; fi
  echo $((cores < gib ? cores : gib))
}

# Objects are cached under paths relative to the checkout, so that another checkout (a fresh clone, or the copy that
# script/mutants may build in) finds them.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$ROOT} CCACHE_NOHASHDIR=1
# The checks are run from the source tree, which stays as it is.
export PYTHONDONTWRITEBYTECODE=1
