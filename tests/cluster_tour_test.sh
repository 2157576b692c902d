#!/usr/bin/env bash
# The ten articles through three nodes: starts a cluster on free ports in a temporary directory, walks through it, and
# stops it.
#
# usage: tests/cluster_tour_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
scratch=$(mktemp -d)
data=$scratch/cluster
trap 'script/cluster stop --data "$data"; rm -rf "$scratch"' EXIT

# Somebody else may take a port in between, so a start is tried more than once.
for _ in 1 2 3; do
  port=$((20000 + RANDOM % 12000))
  script/cluster --preset "$preset" --no-build --no-trial-data --data "$data" --port "$port" && break
done
script/tour --cluster --preset "$preset" --no-build --data "$data"
