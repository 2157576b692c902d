#!/usr/bin/env bash
# A minute of the fault campaign: etcd's answers don't reach an owner; etcd's leader is killed, and cut off from the
# other members; an owner's data are lost; a follower is paused.
#
# usage: tests/cluster_chaos_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

script/chaos --preset "$1" --no-build --seed 1 --rounds 5
