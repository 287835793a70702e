# Checkpoints, in the table of cases: whether the verifier tells everybody the same, and what a wallet can prove when it does not.
# Sourced by scripts/cases.
# shellcheck shell=bash
# shellcheck disable=SC2154 # its variables

# -- Whether the verifier tells everybody the same.
expect 0 made,epoch,entries,log_root,accounts_root,hash,cose the ledger\'s checkpoint -- "${V[@]}" checkpoint "${D[@]}" \
  --out "$work/published.checkpoint"
expect 2 usage is not overwritten -- "${V[@]}" checkpoint "${D[@]}" --out "$work/published.checkpoint"
expect 0 valid anybody can read it -- farthing --json verify "$work/published.checkpoint" --root "$root" --certificate "$certificate"
expect 0 - hearing of it -- "${F[@]}" sync
expect 0 standing,entries,log_root,hash,cose is what this wallet was told -- "${F[@]}" checkpoint --out "$work/mine.checkpoint"
expect 0 standing both are of one ledger -- "${F[@]}" checkpoint "$work/published.checkpoint"
expect 2 not_a_checkpoint something else -- "${F[@]}" checkpoint "$work/receipt.cose"

# -- It does not: a copy of its folder goes on by itself, with the same keys.
expect 0 orders the copy -- "${V[@]}" backup "${D[@]}" "$work/copy.db"
mkdir -m 700 "$work/copy"
cp "$work/verifier/signing.key" "$work/copy/signing.key"
mv "$work/copy.db" "$work/copy/ledger.db"
expect 0 entry something else happens there -- "${V[@]}" fund --data "$work/copy" "$truck" "0.02 USD" --reason "elsewhere"
expect 0 made and is sealed -- "${V[@]}" checkpoint --data "$work/copy" --out "$work/other.checkpoint"
for _ in 1 2; do
  expect 0 entry than here -- "${V[@]}" fund "${D[@]}" "$truck" "0.01 USD" --reason "here"
done
expect 0 made sealed as well -- "${V[@]}" checkpoint "${D[@]}"
input=$work/other.checkpoint expect 6 two_histories two ledgers -- "${F[@]}" checkpoint -
expect 0 standing and the status says it -- "${F[@]}" status
expect 6 two_histories nothing is paid -- "${F[@]}" --yes pay "$truck" "0.10 USD"
expect 0 dir the proof is exported -- "${F[@]}" export "$work/histories"
expect 0 kind,valid,fields.one,fields.other and convinces others -- farthing --json verify "$work/histories/contradiction-1.cbor" \
  --root "$root"
expect 6 signer_unknown who know that verifier -- farthing --json verify "$work/histories/contradiction-1.cbor" \
  --root "$(printf 'ab%.0s' $(seq 32))"
expect 6 signer_unknown who know no verifier -- farthing --json --wallet "$work/nowhere" verify \
  "$work/histories/contradiction-1.cbor"
expect 0 kind,valid,fields.one the wallet that was told -- "${F[@]}" verify "$work/histories/contradiction-1.cbor"
python3 -c 'import sys; b = bytearray(open(sys.argv[1], "rb").read()); b[-1] ^= 1; open(sys.argv[2], "wb").write(b)' \
  "$work/histories/contradiction-1.cbor" "$work/altered.cbor"
expect 6 signer_unknown an altered proof is none -- farthing --json verify "$work/altered.cbor" --root "$root"
# The same checkpoint twice, as a proof: an array of one certificate, and both members the published one.
python3 - "$certificate" "$work/published.checkpoint" "$work/nothing.cbor" <<'PROOF'
import sys

certificate, checkpoint = (open(path, "rb").read() for path in sys.argv[1:3])


def bstr(data):
    return (b"\x58" + bytes([len(data)]) if len(data) < 256 else b"\x59" + len(data).to_bytes(2, "big")) + data


proof = b"\xa4\x00\x01\x01\x81" + bstr(certificate) + b"\x02" + bstr(checkpoint) + b"\x03" + bstr(checkpoint)
open(sys.argv[3], "wb").write(proof)
PROOF
expect 6 altered and one checkpoint is not two -- farthing --json verify "$work/nothing.cbor" --root "$root"
expect 5 not_authorised nobody said yes -- "${F[@]}" accept-loss
expect 0 payments going on all the same -- "${F[@]}" --yes accept-loss
expect 0 id,state it pays again -- "${F[@]}" --yes pay "$truck" "0.10 USD"
