# Paying where there is no signal: first the payer has none and the payee has, then neither has. While somebody is said to have no
# network, no verifier runs. Sourced by scripts/demo.
# shellcheck shell=bash

# no_signal / signal: the verifier is away, or there.
no_signal() { stop_verifier; }
signal() { start_verifier; }

say "1. A food truck stands in a cellar. Its owner and Ann have wallets; Ann opens a tab of 5.00 USD for drinks while she has signal."
init_verifier --invite-only
signal
link=$(farthing-verifier --json invite --data "$work/verifier" --grant "20.00 USD" --uses 2 | json link)
make_wallet truck "Taco Truck" "$link" >"$work/truck.json"
make_wallet ann "Ann" "$link" >"$work/ann.json"
wallet truck --json tab offer "2.50 USD" --unit drink --cap "5.00 USD" --png "$work/offer.png" >/dev/null
wallet ann --json --yes tab open "$work/offer.png" >"$work/tab.json"
tab=$(json id <"$work/tab.json")
wallet truck --json sync >/dev/null
tell "set aside for the truck, and for nobody else: $(wallet ann --json balance | json balances.0.held.text)"

say "2. The truck has signal, Ann has none. The truck asks for 4.50 USD, and shows the whole request as a QR picture."
wallet truck --json request "4.50 USD" --memo "Order 17" --whole --png "$work/request.png" >"$work/request.json"
codes=$(json qr_codes <"$work/request.json")
tell "$codes QR codes of version $(json qr_version <"$work/request.json") on one picture; zbarimg reads them, too"
[ "$(zbarimg --quiet --raw "$work/request.png" 2>/dev/null | grep -c '^UR:FARTHING-FQ/')" = "$codes" ]
no_signal
wallet ann --json --yes pay "$work/request.png" --offline --memo "No onions" --png "$work/order.gif" >"$work/signed.json"
tell "Ann signs without network; her payment is $(json state <"$work/signed.json"), and her phone shows it as an animation of $(json qr_codes <"$work/signed.json") QR codes"
if grep -qaF "No onions" "$work/order.gif" || [[ $(json carried <"$work/signed.json") != FC:* ]]; then exit 1; fi

say "3. The truck scans it, posts it, and shows the answer back. It could not read it, only post it or not."
signal
wallet truck --json carry "$work/order.gif" --png "$work/answer.png" >"$work/posted.json"
tell "the truck is told: $(json amount.text <"$work/posted.json") $(json state <"$work/posted.json"), to itself: $(json to_us <"$work/posted.json")"
no_signal
wallet ann --json carry "$work/answer.png" >"$work/answered.json"
tell "Ann, still below: $(json state <"$work/answered.json"), by the verifier's receipt"
refused "an answer was taken that is none" not_an_answer truck carry "$work/answer.png"

say "4. The truck's till runs, and has heard the verifier's time. Then neither has signal. Ann has a drink, twice: each time her phone shows a picture, and the truck sees how far it is covered."
signal
wallet truck --json watch >"$work/till.out" &
till=$!
for _ in $(seq 200); do
  [ ! -S "$work/truck/socket" ] || break
  sleep 0.05
done
wallet truck --json sync >/dev/null
no_signal
for drink in 1 2; do
  wallet ann --json tab pay "$tab" "2.50 USD" --png "$work/drink-$drink.png" >"$work/drink.json"
  wallet truck --json tab take "$work/drink-$drink.png" >"$work/taken.json"
  tell "drink $drink: $(json added.text <"$work/taken.json") taken; $(json left.text <"$work/drink.json") left for drinks"
done
refused "a third drink was paid from an empty tab" tab_limit ann tab pay "$tab" "2.50 USD"
wallet truck --json tab take "$work/drink-1.png" >"$work/again.json"
[ "$(json added.value <"$work/again.json")" = 0 ]
tell "the first picture, shown again, is worth nothing"

kill -TERM "$till" && wait "$till" || true

say "5. Online again. The truck claims both drinks at once; nothing is paid twice."
signal
earned=$(json id <"$work/taken.json")
wallet truck --json tab claim "$earned" >"$work/claimed.json"
tell "claimed: $(json amounts.0.text <"$work/claimed.json")"
wallet ann --json sync >/dev/null
wallet truck --json sync >/dev/null
wallet truck history --limit 1 | sed 's/^/  /'

say "6. The end: balances, and an audit of the whole ledger."
tell "Ann:   $(wallet ann --json balance | json balances.0.available.text)"
tell "truck: $(wallet truck --json balance | json balances.0.available.text)"
[ "$(wallet ann --json balance | json balances.0.available.text)" = "10.50 USD" ]
[ "$(wallet truck --json balance | json balances.0.available.text)" = "29.50 USD" ]
farthing-verifier audit --data "$work/verifier" | sed 's/^/  /'
[ "$(farthing-verifier --json audit --data "$work/verifier" 2>/dev/null | json sums.USD)" = 0 ]
stop_verifier
