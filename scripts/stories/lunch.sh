# A food truck asks for 4.50 USD by a QR picture; a customer reads the picture and pays; the ledger sums to zero.
# Sourced by scripts/demo.
# shellcheck shell=bash

say "1. A market's operator opens a ledger. New accounts get 20.00 USD to try it with."
init_verifier --open --grant "20.00 USD"
start_verifier
farthing-verifier key --data "$work/verifier" | sed 's/^/  /'
tell "listening on $(json listening <"$work/verifier.out")"
link=$(farthing-verifier --json invite --data "$work/verifier" --grant "20.00 USD" --uses 2 | json link)

say "2. A taco truck and a customer make their wallets: keys of their own, an encrypted database each."
make_wallet truck "Taco Truck" "$link" >"$work/truck.json"
make_wallet ann "Ann" "$link" >"$work/ann.json"
tell "the truck can be paid at $(json handle <"$work/truck.json")"
tell "the customer's account  $(json account <"$work/ann.json")"
wallet truck --json sync >/dev/null
wallet ann --json sync >/dev/null

say "3. The truck asks for 4.50 USD and shows a QR picture."
wallet truck --json request "4.50 USD" --item "2 tacos al pastor=4.00 USD" --item "salsa=0.50 USD" \
  --memo "Order 17" --expires 15m --png "$work/request.png" >"$work/request.json"
tell "$(json link <"$work/request.json")"
tell "QR version $(json qr_version <"$work/request.json"), picture $(stat -c %s "$work/request.png") bytes"
# zbarimg complains on stderr when there is no desktop session to talk to.
read_by_zbar=$(zbarimg --quiet --raw "$work/request.png" 2>/dev/null)
tell "another program (zbarimg) reads: $read_by_zbar"
[ "$read_by_zbar" = "$(json qr_text <"$work/request.json")" ]

say "4. The customer's phone reads the picture and shows what it is."
wallet ann scan "$work/request.png" | sed 's/^/  /'

say "5. The customer pays, with a memo that only the truck can read."
memo="Extra napkins, please: the blue van"
wallet ann --yes --json pay "$work/request.png" --memo "$memo" >"$work/paid.json"
payment=$(json id <"$work/paid.json")
tell "payment $payment is $(json state <"$work/paid.json"): $(json amount.text <"$work/paid.json") and a fee of $(json fee.text <"$work/paid.json")"

say "6. The truck hears of it from the ledger, even if the customer's phone is off by now."
wallet truck --json sync >/dev/null
wallet truck history --limit 1 | sed 's/^/  /'
wallet truck --json history --limit 1 >"$work/received.json"
[ "$(json payments.0.memo <"$work/received.json")" = "$memo" ]
tell "the truck reads the memo: \"$(json payments.0.memo <"$work/received.json")\""

say "7. Both hold the same receipt, signed by the verifier; anyone can check it without network."
wallet ann --json receipt "$payment" --cose "$work/ann.receipt" >/dev/null
wallet truck --json receipt "$(json payments.0.id <"$work/received.json")" --cose "$work/truck.receipt" >/dev/null
cmp "$work/ann.receipt" "$work/truck.receipt"
wallet truck verify "$work/ann.receipt" | sed 's/^/  /'

say "8. Where the memo is, and where it is not."
if grep -raqF "$memo" "$work/verifier" "$work/verifier.log" "$work/ann" "$work/truck" "$work/ann.log" "$work/truck.log"; then
  echo "demo: the memo lies somewhere in the clear" >&2
  exit 1
fi
tell "no file of the verifier, of either wallet, and no log has it in the clear"

say "9. The end: balances, and an audit of the whole ledger."
tell "customer: $(wallet ann --json balance | json balances.0.available.text)"
tell "truck:    $(wallet truck --json balance | json balances.0.available.text)"
farthing-verifier audit --data "$work/verifier" | sed 's/^/  /'
[ "$(farthing-verifier --json audit --data "$work/verifier" 2>/dev/null | json sums.USD)" = 0 ]
stop_verifier
