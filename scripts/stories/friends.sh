# Two people meet, pair by a picture, and pay each other by name. Then one loses the phone, restores the account from the
# phrase on a new one, and the old phone is refused. Sourced by scripts/demo.
# shellcheck shell=bash

say "1. A campus runs a verifier. Ada and Ben make their wallets; each starts with 20.00 USD."
init_verifier --invite-only
start_verifier
link=$(farthing-verifier --json invite --data "$work/verifier" --grant "20.00 USD" --uses 2 | json link)
make_wallet ada Ada "$link" >"$work/ada.json"
make_wallet ben Ben "$link" >"$work/ben.json"

say "2. They meet. Ada's phone shows a QR picture, Ben's scans it, and both show six digits."
wallet ada --json pair show --png "$work/pair.png" --code-out "$work/ada.code" --expect-code-file "$work/ben.code" \
  >"$work/ada.paired" &
shower=$!
until [ -s "$work/pair.png" ]; do
  kill -0 "$shower" || { cat "$work/ada.log" >&2; exit 1; }
  sleep 0.05
done
wallet ben --json pair scan "$work/pair.png" --code-out "$work/ben.code" --expect-code-file "$work/ada.code" >"$work/ben.paired"
wait "$shower"
tell "Ada's phone: $(json check_code <"$work/ada.paired"), Ben's phone: $(json check_code <"$work/ben.paired")"
[ "$(json check_code <"$work/ada.paired")" = "$(json check_code <"$work/ben.paired")" ]
wallet ada contacts | sed 's/^/  Ada knows: /'
wallet ben contacts | sed 's/^/  Ben knows: /'

say "3. Ada pays Ben by name."
memo="For the concert tickets, row seven"
wallet ada --yes --json pay Ben "3.00 USD" --memo "$memo" >"$work/paid.json"
tell "$(json amount.text <"$work/paid.json") to $(json payee.name <"$work/paid.json") ($(json payee.trust <"$work/paid.json")): $(json state <"$work/paid.json")"
[ "$(json payee.trust <"$work/paid.json")" = verified ]
wallet ben --json sync >/dev/null
wallet ben history --limit 1 | sed 's/^/  /'

say "4. Ben writes back, and sends a request for the ride; Ada pays it without scanning anything."
wallet ben --json write Ada "Got them. I drive." >/dev/null
wallet ben --json request "1.00 USD" --memo "the ride" --to Ada >/dev/null
wallet ada --json sync >/dev/null
wallet ada notes Ben | sed 's/^/  /'
link=$(wallet ada --json notes Ben | json notes.1.request)
wallet ada --yes --json pay "$link" >/dev/null
wallet ben --json sync >/dev/null

say "5. Ben loses the phone. On a new one, the phrase from his drawer brings the account back, and revokes the old phone."
invite=$(farthing-verifier --json invite --data "$work/verifier" | json link)
python3 -c 'import secrets; print(secrets.token_hex(16))' >"$work/new.passphrase"
wallet new --json restore --invite "$invite" --phrase-file "$work/ben.phrase" >"$work/new.json"
[ "$(json account <"$work/new.json")" = "$(json account <"$work/ben.json")" ]
tell "the same account: $(json account <"$work/new.json")"
tell "what he has: $(wallet new --json balance | json balances.0.available.text)"
wallet new --json history --limit 2 >"$work/restored.json"
tell "the memo of before: \"$(json payments.1.memo <"$work/restored.json")\""
[ "$(json payments.1.memo <"$work/restored.json")" = "$memo" ]

say "6. Whoever found the old phone, and its passphrase, gets nothing."
refused "a revoked phone could pay" revoked ben --yes pay "$(json handle <"$work/ada.json")" "1.00 USD"
wallet new devices | sed 's/^/  /'

say "7. Ada notices nothing: she pays Ben by name, and it arrives on the new phone."
wallet ada --yes --json pay Ben "2.00 USD" --memo "and for the snacks" >"$work/paid.json"
wallet new --json sync >/dev/null
wallet new history --limit 2 | sed 's/^/  /'
[ "$(wallet new --json history --limit 1 | json payments.0.memo)" = "and for the snacks" ]

say "8. The end: balances, and an audit of the whole ledger."
tell "Ada: $(wallet ada --json balance | json balances.0.available.text)"
tell "Ben: $(wallet new --json balance | json balances.0.available.text)"
farthing-verifier audit --data "$work/verifier" | sed 's/^/  /'
stop_verifier
