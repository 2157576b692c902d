#!/usr/bin/env bash
# An operator takes a node of three out of service and back, as a program: drain, a kill in between, drain again, and
# rebalance. People go on at the drained node meanwhile.
#
# usage: tests/cluster_drain_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
charter=build/$preset/apps/charter
# shellcheck source-path=SCRIPTDIR source=cluster_start.bash
source tests/cluster_start.bash

fail() {
  echo "not ok - drain: $1" >&2
  operate status >&2 || true
  exit 1
}
# operate COMMAND…: as an operator.
operate() { "$charter" cluster "$@" --trial --config "$data/node-1.toml"; }
# expect STATUS COMMAND…: with its output in $scratch/said.
expect() {
  local wanted=$1 got=0
  shift
  operate "$@" >"$scratch/said" 2>&1 || got=$?
  ((got == wanted)) || { cat "$scratch/said" >&2; fail "charter cluster $* ends with $got, not $wanted"; }
}
says() { grep -Eq "$1" "$scratch/said" || { cat "$scratch/said" >&2; fail "it doesn't say '$1'"; }; }
# all_serve: and nothing is wrong.
all_serve() { operate status >"$scratch/said" && (($(grep -c '^node-. *serving' "$scratch/said") == 3)); }

start_cluster --preset "$preset" --no-trial-data
within 30 all_serve || fail "the cluster isn't complete"
expect 0 rebalance --wait 60
within 30 operate rebalance --dry-run || fail "something is out of place"

expect 2 drain
expect 3 drain node-9
says "no node that runs is called 'node-9'"
expect 1 drain node-2 --wait 0
says 'still owns [0-9]+ of its shards'
{ timeout --signal KILL 0.2 "$charter" cluster drain node-2 --trial --config "$data/node-1.toml"; } >/dev/null 2>&1 || true
operate drain node-2 >"$scratch/other" 2>&1 &
expect 0 drain node-2
says 'node-2 owns nothing now'
wait $! || fail "the same command at the same time: $(cat "$scratch/other")"
expect 0 drain node-2
expect 0 status
says '^node-2 +serving .* owns 0, keeps 20 of 20 shards, drained'
echo "ok - drain: a drained node owns nothing, and is in its place otherwise"

script/trial-data --url "http://localhost:$((port + 1))" --posts 1 --binary "build/$preset/apps/charter-trial" \
  >"$scratch/load.log" 2>&1 || fail "people can't go on at the drained node: $(tail -n 3 "$scratch/load.log")"
echo "ok - drain: people go on at the drained node"

script/cluster kill 2 --data "$data"
script/cluster start 2 --data "$data"
within 30 all_serve || fail "the drained node doesn't come back"
expect 0 status
says '^node-2 .* owns 0, .* drained'
echo "ok - drain: it stays drained over a restart"

expect 0 drain node-1
says 'node-1 owns nothing now'
expect 3 drain node-3
says 'nobody else who is there could own shard 0,'
expect 0 status
says '^node-3 .* owns 20,'
echo "ok - drain: the last one that isn't drained can't be"

expect 0 drain node-1 --undo
expect 0 drain node-2 --undo
expect 0 drain node-2 --undo
says "wasn't drained"
operate rebalance >"$scratch/other" 2>&1 &
expect 0 rebalance
says 'Every shard is where it belongs'
wait $! || fail "the same command at the same time: $(cat "$scratch/other")"
expect 0 rebalance --dry-run
expect 0 status
says '^node-2 .* owns [67], keeps 20 of 20 shards$'
echo "ok - drain: when all may own again, shards are shared out again"
