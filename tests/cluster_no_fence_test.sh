#!/usr/bin/env bash
# The fault campaign with a server whose fence is off: the history checker has to find that something acknowledged was
# lost, or took effect twice, and nothing else may be the reason why the campaign fails.
#
# usage: tests/cluster_no_fence_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

readonly BROKEN=1 # script/chaos --help
status=0
said=$(script/chaos --preset "$1" --no-build --no-fence --seed 1 --rounds 4) || status=$?
while read -r line; do echo "# $line"; done <<<"$said" # its lines are no results of ours
fail() { echo "not ok - no fence: $1"; exit 1; }

((status == BROKEN)) || fail "script/chaos ends with $status instead of $BROKEN"
# "history: 900 calls of 4 accounts, 3 findings"
grep -Eq '^  history: .* accounts, [1-9][0-9]* findings$' <<<"$said" || fail "the checker has decided otherwise"
grep -Eq '^\[I[134]\] acc_' <<<"$said" || fail "no finding is about what was acknowledged"
grep -Eq '^not ok - chaos: .* \[I[134]\]$' <<<"$said" || fail "no claim about what was acknowledged has failed"
grep -q '^ok - chaos: each kind of fault that was asked for was injected' <<<"$said" || fail "not every fault took effect"
echo "ok - no fence: the checker finds what a server without a fence does"
