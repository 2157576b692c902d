#!/usr/bin/env bash
# One server becomes the first of three nodes and keeps what it has: a server on trial gets the trial data and stops, a
# cluster begins with its directory, the others take it over, and then show and go on with the same.
#
# usage: tests/cluster_grow_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
apps=build/$preset/apps
# shellcheck source-path=SCRIPTDIR source=cluster_start.bash
source tests/cluster_start.bash
alone=''
trap '[[ -z $alone ]] || kill "$alone" 2>/dev/null || true; leave' EXIT

fail() {
  echo "not ok - grow: $1" >&2
  exit 1
}

sed -e "s|^data_directory = .*|data_directory = \"$scratch/alone\"|" -e 's|^port = .*|port = 0|' config/trial.toml >"$scratch/alone.toml"
"$apps/charterd" --trial --config "$scratch/alone.toml" >"$scratch/alone.log" 2>&1 &
alone=$!
within 60 grep -q 'serving on port' "$scratch/alone.log" || fail "the server alone doesn't start"
url=http://localhost:$(sed -n 's/.*serving on port //p' "$scratch/alone.log")
script/trial-data --url "$url" --posts 3 --binary "$apps/charter-trial" >"$scratch/load.log" 2>&1 || fail "no trial data: $(tail -n 3 "$scratch/load.log")"
pages=(directory audit/entry/0 audit/entry/5)
for page in "${pages[@]}"; do curl --silent --fail --max-time 5 "$url/$page" >"$scratch/before-${page//\//-}"; done
kill -TERM "$alone"
wait "$alone" || fail "the server alone doesn't stop in order"
alone=''

start_cluster --preset "$preset" --from "$scratch/alone"
within 60 "$apps/charter-cluster" status --trial --config "$data/node-1.toml" || fail "not every node keeps every shard"
for node in 0 1 2; do
  for page in "${pages[@]}"; do
    curl --silent --fail --max-time 5 "http://localhost:$((port + node))/$page" >"$scratch/after" || fail "node $((node + 1)) has no /$page"
    cmp -s "$scratch/before-${page//\//-}" "$scratch/after" || fail "node $((node + 1)) shows another /$page"
  done
done
echo "ok - grow: all three nodes show what the server alone had"
script/trial-data --url "http://localhost:$((port + 1))" --posts 5 --binary "$apps/charter-trial" >"$scratch/load.log" 2>&1 ||
  fail "nobody can go on through the second node: $(tail -n 3 "$scratch/load.log")"
echo "ok - grow: people log in at the second node and publish more"
