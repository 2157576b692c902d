#!/usr/bin/env bash
# A node of three comes back with a clock that is wrong by twenty seconds: it owns nothing, and says so. Before that, its
# data directory is refused by a server that was told of no cluster.
#
# usage: tests/cluster_clock_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
apps=build/$preset/apps
# shellcheck source-path=SCRIPTDIR source=cluster_start.bash
source tests/cluster_start.bash
wrong=''
trap '[[ -z $wrong ]] || kill -9 "$wrong" 2>/dev/null || true; leave' EXIT

fail() {
  echo "not ok - clock: $1" >&2
  tail -n 20 "$data/n3.log" "$scratch/wrong.log" >&2 || true
  exit 1
}

figure() { # figure NODE NAME
  curl --silent --fail --max-time 5 "http://127.0.0.1:$((port + $1 - 1))/metrics" | sed -n "s/^charter_cluster_$2 //p"
}
shows() { [[ $(figure "$1" "$2") == "$3" ]]; }

start_cluster --preset "$preset" --no-trial-data
within 30 shows 3 clock_right 1 || fail "the third node's clock isn't right from the start"

pid=$(pgrep -f -- "--config $data/node-3.toml")
mapfile -d '' -t command <"/proc/$pid/cmdline"
kill -9 "$pid"

sed -e "s|^data_directory = .*|data_directory = \"$data/node-3\"|" -e 's|^port = .*|port = 0|' config/trial.toml >"$scratch/alone.toml"
if timeout 30 "$apps/charterd" --trial --config "$scratch/alone.toml" >"$scratch/alone.log" 2>&1; then
  fail "a server alone takes a directory that belongs to a cluster"
fi
grep -q 'belongs to cluster' "$scratch/alone.log" || fail "it doesn't say why: $(tail -n 2 "$scratch/alone.log")"
echo "ok - clock: a directory of a cluster isn't served alone"

LD_PRELOAD=$apps/shifted_clock.so CLOCK_SHIFT_SECONDS=20 ASAN_OPTIONS=verify_asan_link_order=0 \
  "${command[@]}" >"$scratch/wrong.log" 2>&1 &
wrong=$!
within 60 shows 3 clock_right 0 || fail "the third node doesn't notice that its clock is wrong"
hold_down=10
until=$((SECONDS + hold_down + 5)) # in which it would have got shards back
while ((SECONDS < until)); do
  shows 3 shards_owned 0 || fail "the third node owns $(figure 3 shards_owned) shards, with a clock that is wrong"
  sleep 0.5
done
shows 3 clock_right 0 || fail "the third node takes its clock for right"
shows 1 clock_right 1 || fail "the first node takes its clock for wrong"
shows 1 shards_orphaned 0 || fail "not every shard has an owner"
grep -q 'alarm clock_off' "$scratch/wrong.log" || fail "the third node's log doesn't say so"
echo "ok - clock: a node whose clock is wrong owns nothing"
