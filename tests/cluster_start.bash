# For the tests that start a cluster: a temporary directory, an end that leaves nothing, and waiting. Sets scratch and
# data.
scratch=$(mktemp -d)
data=$scratch/cluster
leave() {
  script/cluster stop --data "$data"
  rm -rf "$scratch"
}
trap leave EXIT

# start_cluster OPTION…: of script/cluster; on free ports from $port on. Somebody else may take one in between, so a
# start is tried more than once.
start_cluster() {
  local tries
  for tries in 1 2 3; do
    port=$((20000 + RANDOM % 12000))
    script/cluster --no-build --data "$data" --port "$port" "$@" && return
  done
  echo "no cluster could be started in $tries tries" >&2
  return 1
}

# within SECONDS COMMAND…: until it succeeds.
within() {
  local until=$((SECONDS + $1))
  shift
  until "$@" >"$scratch/within.log" 2>&1; do
    ((SECONDS < until)) || { cat "$scratch/within.log" >&2; return 1; }
    sleep 0.2
  done
}
