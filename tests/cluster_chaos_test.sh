#!/usr/bin/env bash
# A minute of the fault campaign: an owner is cut off from the others and from etcd, and killed; etcd's leader is
# killed and paused.
#
# usage: tests/cluster_chaos_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

script/chaos --preset "$1" --no-build --seed 1 --rounds 5
