#!/usr/bin/env bash
# Three nodes in network namespaces of their own: what one of them sends to etcd is lost, and nothing else. Its shards
# go to the others, and whoever logs out elsewhere is told when it takes the session no more; when the way is free
# again, it is back. Where namespaces aren't allowed, that is said, and nothing is tested.
#
# usage: tests/cluster_netns_test.sh PRESET
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
# shellcheck source-path=SCRIPTDIR source=cluster_start.bash
source tests/cluster_start.bash

probe=charter-probe-$$
if ! ip netns add "$probe" 2>/dev/null; then
  echo "ok - netns # SKIP network namespaces aren't allowed here"
  exit 0
fi
ip netns delete "$probe"

fail() {
  echo "not ok - netns: $1" >&2
  status_of_all >&2
  exit 1
}
status_of_all() { "build/$preset/apps/charter-cluster" status --trial --config "$data/node-1.toml" 2>&1 || true; }

# shows_within SECONDS PATTERN: until the cluster's state says so.
shows_within() {
  local until=$((SECONDS + $1))
  until status_of_all | grep -Eq "$2"; do
    ((SECONDS < until)) || return 1
    sleep 0.2
  done
}

# call NODE METHOD PARAMS [TOKEN]: its answer. NODE is an address.
call() {
  curl --silent --max-time 10 --header 'content-type: application/json' ${4:+--header "authorization: Bearer $4"} \
    --data "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$2\",\"params\":$3}" "$1/v1/rpc"
}
# answers SECONDS PATTERN TOKEN: until who has that session is answered so by the second node.
answers() {
  local until=$((SECONDS + $1))
  until call "$second" user.me '{}' "$3" | grep -Eq "$2"; do
    ((SECONDS < until)) || { call "$second" user.me '{}' "$3" >&2; return 1; }
    sleep 0.2
  done
}

start_cluster --netns --preset "$preset" --no-trial-data
shows_within 30 '^All is well' || fail "the cluster isn't complete"
shows_within 30 '^node-2 .* owns [1-9]' || fail "node 2 owns nothing"

first=$(sed -n 1p "$data/urls")
second=$(sed -n 2p "$data/urls")
# log_in NODE: prints the session's token.
log_in() {
  local login token
  login=$(call "$1" auth.login '{"pseudonym":"operator","password":"operator on trial"}')
  token=$(sed -n 's/.*"token":"\([^"]*\)".*/\1/p' <<<"$login")
  [[ -n $token ]] || { echo "nobody can log in at $1: $login" >&2; return 1; }
  echo "$token"
}
token=$(log_in "$second") || fail "no session at node 2"
other=$(log_in "$first") || fail "no session at node 1"
answers 10 '"result"' "$token" || fail "a session isn't served at node 2"
answers 10 '"result"' "$other" || fail "a session that was opened at node 1 isn't served at node 2"

for member in m1 m2 m3; do script/cluster cut 2 "$member" --data "$data"; done
tries=0
# Refused while the user's shard moves. Once it was carried out, another try says that nobody is logged in: the answer
# before was lost, so nobody has waited for the other node.
until answer=$(call "$first" auth.logout '{}' "$other") && grep -q '"result"' <<<"$answer"; do
  if grep -q '"unauthenticated"' <<<"$answer"; then sleep 6; break; fi
  ((++tries < 50)) || fail "nobody can log out at node 1: $answer"
  sleep 0.2
done
if call "$second" user.me '{}' "$other" | grep -q '"result"'; then
  fail "who has logged out at node 1 is taken for logged in by a node that is cut off"
fi
echo "ok - netns: who logs out is answered when no node takes the session"
shows_within 30 'gone .* owns 0,' || fail "a node that etcd doesn't hear keeps its shards"
echo "ok - netns: a node whose words to etcd are lost loses its shards to the others"
answers 20 '"unavailable"' "$token" || fail "a node that is cut off takes a session for open that may have been closed"
curl --silent --fail --max-time 5 --output /dev/null "$second/directory" || fail "a node that is cut off shows no public page"
echo "ok - netns: it serves no sessions then, and public pages still"

for member in m1 m2 m3; do script/cluster mend 2 "$member" --data "$data"; done
shows_within 30 '^All is well' || fail "a node that etcd hears again isn't back"
answers 20 '"result"' "$token" || fail "a node that is back doesn't serve the session"
echo "ok - netns: when etcd hears it again, it is back"
