# The verifier's disk is lost, and its operator has only an old backup. What each wallet says, what it can prove, and how the
# operator makes good what was lost. Sourced by scripts/demo.
# shellcheck shell=bash

say "1. Ada and Ben have wallets at a verifier; Ada has paid Ben 3.00 USD."
init_verifier --invite-only
start_verifier
link=$(farthing-verifier --json invite --data "$work/verifier" --grant "20.00 USD" --uses 2 | json link)
make_wallet ada Ada "$link" >"$work/ada.json"
make_wallet ben Ben "$link" >"$work/ben.json"
ben=$(json handle <"$work/ben.json")
wallet ada --yes --json pay "$ben" "3.00 USD" --memo "before the backup" >/dev/null
wallet ben --json sync >/dev/null

say "2. The operator makes a backup. Afterwards Ada pays Ben another 5.00 USD."
farthing-verifier --json backup --data "$work/verifier" "$work/backup.ledger" >"$work/backup.json"
tell "orders in the backup: $(json orders <"$work/backup.json")"
wallet ada --yes --json pay "$ben" "5.00 USD" --memo "after the backup" >"$work/lost.json"
wallet ben --json sync >/dev/null
tell "Ada: $(wallet ada --json balance | json balances.0.available.text)"
tell "Ben: $(wallet ben --json balance | json balances.0.available.text)"

say "3. The verifier is killed and its disk is gone. The operator restores the backup, with the root key from the safe."
{ kill -KILL "$verifier_pid"; wait "$verifier_pid" || true; } 2>/dev/null
verifier_pid=
mv "$work/verifier" "$work/lost-disk"
farthing-verifier --json restore --data "$work/verifier" --root "$work/root.key" "$work/backup.ledger" \
  >"$work/restored.json" 2>>"$work/verifier.log"
tell "orders: $(json orders <"$work/restored.json"); epoch $(json epoch <"$work/restored.json") begins at position $(json first_seq <"$work/restored.json"), with a new signing key: $(json kid <"$work/restored.json")"
start_verifier

say "4. Each wallet notices, and says what the verifier does not know any more."
for name in ada ben; do
  wallet "$name" --json sync >/dev/null || true
  wallet "$name" --json status | json loss >"$work/$name.loss"
  tell "$name's wallet says:"
  wallet "$name" status | sed -n '/restored from a backup/,/accept-loss/s/^/    /p'
done
refused "a wallet went on paying as if nothing had happened" history_lost ada --yes pay "$ben" "1.00 USD"

say "5. Each still holds the receipt that the verifier had signed. Ben exports his; the operator, who has no wallet, checks it."
wallet ben --json export "$work/proof" >/dev/null
receipt=$work/proof/$(json payments.0.id <"$work/ben.loss").receipt.cose
certificates=()
for certificate in "$work"/proof/verifier-certificate-*.cose; do certificates+=(--certificate "$certificate"); done
farthing verify "$receipt" --root "$(json verifier <"$work/verifier.json")" "${certificates[@]}" >"$work/proof.txt"
grep -E '^(Valid|amount|epoch|seq|time)' "$work/proof.txt" | sed 's/^/  /'

say "6. They accept the loss, and the operator makes it good: Ben gets what Ada's lost payment was worth, by a signed entry."
for name in ada ben; do wallet "$name" --json accept-loss --yes >/dev/null; done
tell "Ada: $(wallet ada --json balance | json balances.0.available.text)"
tell "Ben: $(wallet ben --json balance | json balances.0.available.text)"
farthing-verifier fund --data "$work/verifier" "$ben" "5.00 USD" --reason "Payment lost with the disk" | sed 's/^/  /'
wallet ben --json sync >/dev/null
tell "Ben: $(wallet ben --json balance | json balances.0.available.text)"

say "7. Paying goes on, in the new epoch."
wallet ada --yes --json pay "$ben" "1.00 USD" --memo "on we go" >"$work/paid.json"
tell "$(json amount.text <"$work/paid.json"): $(json state <"$work/paid.json")"
[ "$(json state <"$work/paid.json")" = settled ]
farthing-verifier audit --data "$work/verifier" | sed 's/^/  /'
stop_verifier
