#!/usr/bin/env bash
# A minute of the fault campaign: a node and etcd's leader are killed, an owner, a follower and etcd's leader paused.
#
# usage: tests/cluster_chaos_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

script/chaos --preset "$1" --no-build --seed 1 --rounds 5
