#!/usr/bin/env bash
# A minute of the fault campaign: etcd's leader is cut off by resets, an owner is paused, etcd's leader is killed, etcd's
# answers to an owner are lost, an owner's data are lost, and an owner's clock jumps ahead.
#
# usage: tests/cluster_chaos_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

script/chaos --preset "$1" --no-build --seed 371 --rounds 6
