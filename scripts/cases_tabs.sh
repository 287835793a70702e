# Tabs, in the table of cases: offered, opened, paid by drops, taken, claimed, ended. Sourced by scripts/cases.
# shellcheck shell=bash
# shellcheck disable=SC2154 # its variables

expect 0 id,link,qr_text,qr_version,price.text,cap.text,lasts_ms,grace_ms an offer with all options -- "${T[@]}" tab offer \
  "0.02 USD" --unit article --cap "5.00 USD" --lasts 1d --grace 2d --memo "The paper" --expires 1h --png "$work/offer.png"
offer=$(json id <"$work/out")
link=$(json link <"$work/out")
expect 0 id,link for anybody -- "${T[@]}" tab offer "0.02 USD" --unit minute --cap "1.00 USD" --standing
standing=$(json id <"$work/out")
expect 2 "" a cap that buys nothing -- "${T[@]}" tab offer "0.02 USD" --unit article --cap "0.01 USD"
expect 0 kind,genuine,details.price.text,details.unit what it is -- "${F[@]}" scan "$work/offer.png"
expect 2 offers_tab it is not paid -- "${F[@]}" --yes pay "$link" "1.00 USD"
expect 5 not_authorised nobody said yes -- "${F[@]}" tab open "$work/offer.png" "1.00 USD"
expect 2 tab_terms less than one article -- "${F[@]}" --yes tab open "$link" "0.01 USD"
expect 3 insufficient_balance more than there is -- "${F[@]}" --yes tab open "$link" "500.00 USD"
expect 0 id,state,cap.text,fee.text,set_aside.text,spend_until,claim_until,payee,left.text opened with all options -- \
  "${F[@]}" --yes tab open "$work/offer.png" "1.00 USD" --lasts 2h --grace 2d --memo "Hello" --wait 20s
tab=$(json id <"$work/out")
expect 3 request_used once -- "${F[@]}" --yes tab open "$link" "1.00 USD"
expect 2 tab_unknown no such tab -- "${F[@]}" tab pay 0198c0de-0000-7000-8000-000000000000 "0.02 USD"
expect 0 id,total.text,left.text,voucher,sent a drop with all options -- "${F[@]}" tab pay "$tab" "0.02" \
  --png "$work/voucher.png" --cose "$work/voucher.cose"
json voucher <"$work/out" >"$work/voucher.text"
expect 6 signer_unknown only the receipt names its key -- "${F[@]}" verify "$work/voucher.cose"
expect 3 tab_limit more than the cap -- "${F[@]}" tab pay "$tab" "1.00"
expect 0 id,total.text,added.text,left.text,newest taken -- "${T[@]}" tab take "$work/voucher.png"
earned=$(json id <"$work/out")
input=$work/voucher.text expect 0 added.value taken twice -- "${T[@]}" tab take -
[ "$(json added.value <"$work/out")" = 0 ]
expect 2 unreadable_file no voucher -- "${T[@]}" tab take "$link"
expect 0 total.text one\'s own -- "${F[@]}" tab take "$work/voucher.png"
expect 2 usage nothing to raise -- "${F[@]}" tab raise "$tab"
expect 0 id,state,cap.text,added.text,set_aside.text raised with all options -- "${F[@]}" --yes tab raise "$tab" "2.00 USD" \
  --longer 1d --wait 20s
expect 0 tabs.0.code,tabs.1.id,tabs.1.state,tabs.1.cap.text,tabs.1.total.text,tabs.1.claimed.text,tabs.1.spend_until by the payer -- \
  "${F[@]}" tab list --limit 5
expect 0 id,direction,receipts.0.cose,receipts.1.cose with its receipts -- "${F[@]}" tab show "$tab"
expect 0 offers.0.id,offers.1.price.text offers -- "${T[@]}" tab offers
expect 0 balances.0.held.text set aside -- "${F[@]}" balance
expect 0 balances.0.incoming.text on its way -- "${T[@]}" balance
expect 3 tab_unclaimed claim first -- "${T[@]}" tab release "$earned"
expect 0 amounts.0.text,claimed.0.total.text,refused,waiting claimed -- "${T[@]}" tab claim
expect 0 claimed nothing more of this one -- "${T[@]}" tab claim "$earned"
expect 0 id,state,claim_until closed -- "${F[@]}" tab close "$tab"
expect 3 tab_not_open nothing more is paid -- "${F[@]}" tab pay "$tab" "0.02"
expect 0 - the payee hears of it -- "${T[@]}" sync
expect 0 id,state,claimed.text released -- "${T[@]}" tab release "$earned"
expect 0 id,link an offer to a contact -- "${T[@]}" tab offer "0.02 USD" --unit article --cap "1.00 USD" --to Ann
sent=$(json id <"$work/out")
expect 2 contact_unknown -- "${T[@]}" tab offer "0.02 USD" --unit article --cap "1.00 USD" --to Nobody
expect 0 - -- "${F[@]}" sync
expect 0 offers.0.from.name is there -- "${F[@]}" tab offers
expect 0 id,payee.name and opened by its id -- "${F[@]}" --yes tab open "$sent"
tab=$(json id <"$work/out")
expect 0 sent whose drops are sent -- "${F[@]}" tab pay "$tab" "0.02"
[ "$(json sent <"$work/out")" = true ]
expect 0 id,state -- "${F[@]}" tab close "$tab"
expect 0 - claimed by itself -- "${T[@]}" sync
expect 0 id,state the offer is taken back -- "${T[@]}" cancel "$standing"
expect 3 "" and used up -- "${T[@]}" cancel "$offer"
