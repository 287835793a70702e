# A ride by the second: a scooter charges while it drives, a rider pays by itself and ends it; one entry in the ledger.
# Sourced by scripts/demo.
# shellcheck shell=bash

# until_line FILE STATE [N]: waits for the Nth line of this state, and prints it.
until_line() {
  for _ in $(seq 400); do
    if line=$(grep "\"state\":\"$2\"" "$1" 2>/dev/null | sed -n "${3:-1}p") && [ -n "$line" ]; then
      echo "$line"
      return
    fi
    sleep 0.05
  done
  echo "demo: no line '$2' in $1" >&2
  return 1
}

# ends PID WHAT: it must end with 0.
ends() { wait "$1" || { echo "demo: $2 ended with $?" >&2; exit 1; }; }

say "1. A scooter and a rider have wallets. The scooter offers a ride: a cent for each second, the first second free."
init_verifier --invite-only
start_verifier
link=$(farthing-verifier --json invite --data "$work/verifier" --grant "20.00 USD" --uses 2 | json link)
make_wallet scooter "Scooter 9" "$link" >"$work/scooter.json"
make_wallet rider "Rider" "$link" >"$work/rider.json"
wallet scooter --json meter charge 127.0.0.1:0 "0.01 USD" --per second --quantum 1s --free 1s --grace 3s --cap "5.00 USD" \
  --memo "Scooter 9" --png "$work/offer.png" >"$work/scooter.out" &
scooter=$!
offered=$(until_line "$work/scooter.out" offered)
address=$(json listening <<<"$offered")
tell "it listens on $address, and shows a QR picture of $(stat -c %s "$work/offer.png") bytes"
refused "somebody rode without a yes" not_authorised rider meter pay "$work/offer.png" "$address"

say "2. The rider's phone shows what could be lost at most, and pays from then on by itself."
tell "at stake, on either side: $(json meter.most_lost.text <<<"$offered")"
# Not through the function: the signal is for the program itself.
farthing --wallet "$work/rider" --passphrase-file "$work/rider.passphrase" --yes --json meter pay "$work/offer.png" "$address" \
  >"$work/rider.out" 2>>"$work/rider.log" &
rider=$!
until_line "$work/rider.out" open >"$work/open.json"
tell "set aside: $(json set_aside.text <"$work/open.json")"
for second in 1 2 3 4 5; do
  tell "rider: $(until_line "$work/rider.out" paying "$second" | json total.text) paid; scooter: $(until_line "$work/scooter.out" deliver "$second" | json paid.text) received"
done

say "3. The rider gets off, and says so. Nothing more is paid; the scooter hears it, stops, claims what was driven, and lets go of the rest."
kill -INT "$rider"
ends "$rider" "the rider's meter"
stopped=$(until_line "$work/rider.out" stopped)
tell "rider: $(json why <<<"$stopped") after $(json measured <<<"$stopped") ms by its own clock, $(json total.text <<<"$stopped") paid in advance"
ends "$scooter" "the scooter's meter"
ended=$(until_line "$work/scooter.out" ended)
claimed=$(json claimed.text <<<"$ended")
tell "scooter: $(json delivered <<<"$ended") ms driven by its own clock, $(json paid.text <<<"$ended") paid, $claimed claimed"

say "4. However many payments it was, it is one claim in the ledger."
wallet rider --json sync >/dev/null
wallet rider --json tab show "$(json id <"$work/open.json")" >"$work/tab.json"
[ "$(json state <"$work/tab.json")" = ended ] && [ "$(json claimed.text <"$work/tab.json")" = "$claimed" ]
wallet rider tab show "$(json id <"$work/open.json")" | sed 's/^/  /'

say "5. Another ride: the rider's phone dies. The scooter drives for what was paid and the grace, and stops by itself."
wallet scooter --json meter charge 127.0.0.1:0 "0.01 USD" --per second --quantum 1s --grace 2s --cap "5.00 USD" >"$work/second.out" &
scooter=$!
offered=$(until_line "$work/second.out" offered)
farthing --wallet "$work/rider" --passphrase-file "$work/rider.passphrase" --yes --json meter pay "$(json link <<<"$offered")" \
  "$(json listening <<<"$offered")" >"$work/dead.out" 2>>"$work/rider.log" &
rider=$!
until_line "$work/dead.out" paying 2 >/dev/null
kill -KILL "$rider"
{ wait "$rider" || true; } 2>/dev/null
ends "$scooter" "the scooter's meter"
tell "scooter: $(until_line "$work/second.out" ended | json why), $(until_line "$work/second.out" ended | json claimed.text) claimed"
[ "$(until_line "$work/second.out" ended | json why)" = unpaid ]

say "6. The end: balances, and an audit of the whole ledger."
wallet rider --json sync >/dev/null
tell "rider:   $(wallet rider --json balance | json balances.0.available.text)"
tell "scooter: $(wallet scooter --json balance | json balances.0.available.text)"
[ "$(wallet rider --json balance | json balances.0.held.value)" = 0 ]
farthing-verifier audit --data "$work/verifier" | sed 's/^/  /'
[ "$(farthing-verifier --json audit --data "$work/verifier" 2>/dev/null | json sums.USD)" = 0 ]
stop_verifier
