#!/usr/bin/env bash
# The ten articles through three nodes: starts a cluster on free ports in a temporary directory, walks through it, looks
# at its metrics, and stops it.
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

# What a node says of the others.
figures=$(curl --silent --fail --max-time 5 "http://127.0.0.1:$port/metrics")
for figure in 'members 3' 'shards_orphaned 0' 'shards_not_followed 0' 'links_down 0' 'etcd_answers 1' 'etcd_has_room 1'; do
  grep -qx "charter_cluster_$figure" <<<"$figures" || {
    echo "/metrics has no line 'charter_cluster_$figure'" >&2
    grep charter_cluster_ <<<"$figures" >&2
    exit 1
  }
done
