# The first story with the customer's wallet in another language: the program of docs/embedding.md, over the library for apps.
# Sourced by scripts/demo, which sets `payer` to the command that runs it, and `language` to its name.
# shellcheck shell=bash

say "1. A market's operator opens a ledger. New accounts get 20.00 USD to try it with."
init_verifier --open --grant "20.00 USD"
start_verifier
tell "listening on $(json listening <"$work/verifier.out")"
link=$(farthing-verifier --json invite --data "$work/verifier" --grant "20.00 USD" --uses 2 | json link)

say "2. A taco truck makes its wallet, in Rust, and shows a QR picture for 4.50 USD."
make_wallet truck "Taco Truck" "$link" >"$work/truck.json"
wallet truck --json sync >/dev/null
wallet truck --json request "4.50 USD" --item "2 tacos al pastor=4.00 USD" --item "salsa=0.50 USD" \
  --memo "Order 17" --expires 15m --png "$work/request.png" >"$work/request.json"
# zbarimg complains on stderr when there is no desktop session to talk to.
scanned=$(zbarimg --quiet --raw "$work/request.png" 2>/dev/null)
tell "$scanned"

say "3. The customer's app, in $language, opens an account by the operator's invite and pays what it scanned."
"${payer[@]}" "$work/ann" "$link" "$scanned" | tee "$work/paid.txt" | sed 's/^/  /'
grep -qx 'Paid 4.50 USD; 15.50 USD left' "$work/paid.txt"

say "4. It is started once more with the same request, and the request is not paid twice."
"${payer[@]}" "$work/ann" "$link" "$scanned" | tee "$work/again.txt" | sed 's/^/  /'
[ "$(tail -n 1 "$work/again.txt")" = "This request has already been paid." ]

say "5. The truck hears of it, and reads what the customer wrote."
wallet truck --json sync >/dev/null
wallet truck history --limit 1 | sed 's/^/  /'
wallet truck --json history --limit 1 >"$work/received.json"
[ "$(json payments.0.memo <"$work/received.json")" = "two tacos" ]

say "6. The end: an audit of the whole ledger."
tell "truck: $(wallet truck --json balance | json balances.0.available.text)"
farthing-verifier audit --data "$work/verifier" | sed 's/^/  /'
[ "$(farthing-verifier --json audit --data "$work/verifier" 2>/dev/null | json sums.USD)" = 0 ]
stop_verifier
