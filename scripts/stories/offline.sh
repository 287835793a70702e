# Paying where there is no signal: first the payer has none and the payee has, then neither has. While somebody is said to have no
# network, no verifier runs. Sourced by scripts/demo.
# shellcheck shell=bash

# no_signal / signal: the verifier is away, or there.
no_signal() { stop_verifier; }
signal() { start_verifier; }

# Every program that is started from now on sees a clock that is so far ahead.
five_days_later() {
  LD_PRELOAD=$(faketime '+1 day' printenv LD_PRELOAD)
  export LD_PRELOAD FAKETIME=+5d FAKETIME_DONT_FAKE_MONOTONIC=1
}

say "1. A food truck stands in a cellar. Its owner and Ann have wallets; Ann opens a tab of 5.00 USD for drinks while she has signal."
init_verifier --invite-only
signal
link=$(farthing-verifier --json invite --data "$work/verifier" --grant "20.00 USD" --uses 3 | json link)
bakery_link=$link
make_wallet truck "Taco Truck" "$link" >"$work/truck.json"
make_wallet ann "Ann" "$link" >"$work/ann.json"
wallet truck --json tab offer "2.50 USD" --unit drink --cap "5.00 USD" --png "$work/offer.png" >/dev/null
wallet ann --json --yes tab open "$work/offer.png" >"$work/tab.json"
tab=$(json id <"$work/tab.json")
wallet truck --json sync >/dev/null
tell "set aside for the truck, and for nobody else: $(wallet ann --json balance | json balances.0.held.text)"

say "2. The truck has signal, Ann has none. The truck asks for 4.50 USD, and shows the whole request as a QR picture."
wallet truck --json request "4.50 USD" --memo "Order 17" --whole --png "$work/request.png" >"$work/request.json"
tell "QR version $(json qr_version <"$work/request.json"); zbarimg reads it, too"
[ "$(zbarimg --quiet --raw "$work/request.png" 2>/dev/null)" = "$(json whole <"$work/request.json")" ]
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

tell "Ann:   $(wallet ann --json balance | json balances.0.available.text)"
tell "truck: $(wallet truck --json balance | json balances.0.available.text)"
[ "$(wallet ann --json balance | json balances.0.available.text)" = "10.50 USD" ]
[ "$(wallet truck --json balance | json balances.0.available.text)" = "29.50 USD" ]

say "6. For whoever it will be, Ann sets 6.00 USD aside: an allowance. A bakery opens next door; the operator guarantees it 4.00 USD of each allowance."
make_wallet bakery "Bakery" "$bakery_link" >"$work/bakery.json"
farthing-verifier --json guarantee --data "$work/verifier" --fund "10.00 USD" >/dev/null
farthing-verifier --json guarantee --data "$work/verifier" --per-allowance "4.00 USD" --add "$(json account <"$work/bakery.json")" >"$work/guarantee.json"
wallet ann --json --yes offline allow "6.00 USD" --lasts 1d >"$work/allowance.json"
for name in ann truck bakery; do wallet "$name" --json sync >/dev/null; done
tell "left for payments without network: $(json left.text <"$work/allowance.json"); in Ann's balance: $(wallet ann --json balance | json balances.0.available.text)"
mkdir "$work/state-before"
cp -a "${XDG_STATE_HOME:-$HOME/.local/state}/farthing" "$work/state-before"
cp -a "$work/ann" "$work/ann-before"
cp -a "$work/ann.passphrase" "$work/ann-before.passphrase"

say "7. Neither side has signal. The truck shows a picture, Ann shows one back, and the truck says what it could lose before it takes it."
no_signal
wallet truck --json offline request "4.50 USD" --memo "Order 18" --png "$work/ask.png" >"$work/asked.json"
wallet ann --json --yes offline pay "$work/ask.png" --png "$work/paid.gif" >"$work/paid.json"
refused "money was taken that nobody said yes to" not_authorised truck offline accept "$work/paid.gif"
farthing --wallet "$work/truck" --passphrase-file "$work/truck.passphrase" --yes offline accept "$work/paid.gif" 2>&1 | sed 's/^/  /'
wallet truck --json --yes offline accept "$work/paid.gif" >"$work/again.json"
[ "$(json new <"$work/again.json")" = false ]
tell "in the truck's balance, before it is settled: $(wallet truck --json balance | json balances.0.available.text)"
[ "$(wallet truck --json balance | json balances.0.available.text)" = "29.50 USD" ]

say "8. Somebody puts a copy of Ann's whole phone back, as it was before, and pays the bakery with the same number. Without network nobody can see that."
wallet bakery --json offline request "4.50 USD" --memo "Cake" --png "$work/ask-cake.png" >/dev/null
XDG_STATE_HOME=$work/state-before wallet ann-before --json --yes offline pay "$work/ask-cake.png" --png "$work/cake.png" >"$work/cake.json"
[ "$(json number <"$work/cake.json")" = "$(json number <"$work/paid.json")" ]
wallet bakery --json --yes offline accept "$work/cake.png" >"$work/cake-taken.json"
tell "number $(json number <"$work/cake.json") was signed twice: 9.00 USD out of an allowance of 6.00 USD"

say "9. Signal again. Both claim; the bakery has what is guaranteed at once. Ann spends most of what she has left."
signal
wallet bakery --json sync >/dev/null
wallet truck --json sync >/dev/null
tell "the bakery's balance: $(wallet bakery --json balance | json balances.0.available.text), of which the fund paid $(wallet bakery --json offline list | json taken.0.guaranteed.text)"
link=$(wallet truck --json request "3.50 USD" | json link)
wallet ann --json --yes pay "$link" >/dev/null
wallet ann --json sync >/dev/null
wallet truck --json sync >/dev/null
stop_verifier

say "10. Five days later the time for claims is over. The verifier shares what there is: first what was set aside, then as much again from Ann's balance, then the fund."
five_days_later
farthing-verifier --json clock accept --data "$work/verifier" --yes >/dev/null
signal
for name in ann truck bakery; do wallet "$name" --json sync >/dev/null; done
got() { wallet "$1" --json offline list | json "$2"; }
tell "the truck gets  $(got truck taken.0.received.text) of $(got truck taken.0.amount.text); two payments contradict each other: $(got truck taken.0.contradicts)"
tell "the bakery gets $(got bakery taken.0.received.text) of $(got bakery taken.0.amount.text)"
tell "Ann's phone is told: $(got ann allowances.0.claimed.text) came out of the allowance, $(got ann allowances.0.taken_from_balance.text) was taken from the balance, $(got ann allowances.0.unpaid.text) is a debt for what was bought"
[ "$(got truck taken.0.received.text)" = "3.50 USD" ]
[ "$(got bakery taken.0.received.text)" = "4.00 USD" ]
[ "$(got truck taken.0.contradicts) $(got ann allowances.0.contradicts)" = "true true" ]

say "11. The end: balances, and an audit of the whole ledger."
for name in ann truck bakery; do tell "$name: $(wallet "$name" --json balance | json balances.0.available.text)"; done
[ "$(wallet ann --json balance | json balances.0.available.text)" = "0.00 USD" ]
[ "$(wallet truck --json balance | json balances.0.available.text)" = "36.50 USD" ]
[ "$(wallet bakery --json balance | json balances.0.available.text)" = "24.00 USD" ]
farthing-verifier audit --data "$work/verifier" | sed 's/^/  /'
[ "$(farthing-verifier --json audit --data "$work/verifier" 2>/dev/null | json sums.USD)" = 0 ]
stop_verifier
unset LD_PRELOAD FAKETIME FAKETIME_DONT_FAKE_MONOTONIC
