# Shared by the scripts that run the real programs: builds them, starts a verifier in a folder, makes wallets.
# Source it with $work set to an empty folder. Everything it starts is stopped when the script ends.
# shellcheck shell=bash

target=${CARGO_TARGET_DIR:-$PWD/target}
profile=debug
verifier_pid=

build() {
  if [ "$profile" = debug ]; then
    scripts/build
  else
    cargo build --locked --quiet --release -p farthing-cli -p farthing-verifier
  fi
  PATH="$target/$profile:$PATH"
}

# json KEY.KEY.0: the value at that path of the JSON on standard input; nested values stay JSON.
json() {
  python3 -c '
import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1].split("."):
    value = value[int(key)] if isinstance(value, list) else value[key]
print(value if isinstance(value, str) else json.dumps(value))' "$1"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# init_verifier OPTION...: makes a ledger in $work/verifier that listens on a free port.
init_verifier() {
  farthing-verifier init --data "$work/verifier" --root-out "$work/root.key" --listen "127.0.0.1:$(free_port)" \
    --asset USD "$@" --json >"$work/verifier.json"
}

# start_verifier: runs it, and waits until it is ready.
start_verifier() {
  farthing-verifier run --data "$work/verifier" --json >"$work/verifier.out" 2>>"$work/verifier.log" &
  verifier_pid=$!
  for _ in $(seq 200); do
    [ -s "$work/verifier.out" ] && return
    kill -0 "$verifier_pid" 2>/dev/null || break
    sleep 0.05
  done
  cat "$work/verifier.log" >&2
  return 1
}

stop_verifier() {
  [ -n "$verifier_pid" ] || return 0
  kill -TERM "$verifier_pid" 2>/dev/null || true
  wait "$verifier_pid" 2>/dev/null || true
  verifier_pid=
}
trap stop_verifier EXIT

# wallet NAME ARGUMENT...: runs `farthing` with NAME's folder and passphrase; keeps what it logs.
wallet() {
  local name=$1
  shift
  farthing --wallet "$work/$name" --passphrase-file "$work/$name.passphrase" "$@" 2>>"$work/$name.log"
}

# make_wallet NAME CALLED LINK: a passphrase, a phrase on paper (a file), and an account.
make_wallet() {
  python3 -c 'import secrets; print(secrets.token_hex(16))' >"$work/$1.passphrase"
  wallet "$1" --json init --invite "$3" --name "$2" --phrase-out "$work/$1.phrase"
}
