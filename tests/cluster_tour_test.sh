#!/usr/bin/env bash
# The ten articles through three nodes: starts a cluster on free ports in a temporary directory, walks through it, looks
# whether people at different nodes hear how each other are, looks at its metrics, and stops it.
#
# usage: tests/cluster_tour_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
# shellcheck source-path=SCRIPTDIR source=cluster_start.bash
source tests/cluster_start.bash

start_cluster --preset "$preset" --no-trial-data
script/tour --cluster --preset "$preset" --no-build --data "$data"

mapfile -t urls <"$data/urls"
"build/$preset/tests/cluster_presence_check" "${urls[@]}"

# What a node says of the others.
figures=$(curl --silent --fail --max-time 5 "http://127.0.0.1:$port/metrics")
for figure in 'members 3' 'shards_orphaned 0' 'shards_not_followed 0' 'links_down 0' 'etcd_answers 1' 'etcd_has_room 1'; do
  grep -qx "charter_cluster_$figure" <<<"$figures" || {
    echo "/metrics has no line 'charter_cluster_$figure'" >&2
    grep charter_cluster_ <<<"$figures" >&2
    exit 1
  }
done
