# Money without network, in the table of cases: set aside, asked for, paid, taken, claimed, revoked. Sourced by scripts/cases.
# shellcheck shell=bash
# shellcheck disable=SC2154 # its variables

expect 2 allowance_terms for too short a time -- "${F[@]}" --yes offline allow "1.00 USD" --lasts 5m
expect 2 allowance_terms more at once than there is -- "${F[@]}" --yes offline allow "1.00 USD" --per-payment "2.00 USD"
expect 2 "" no amount -- "${F[@]}" --yes offline allow "-1.00 USD"
expect 5 not_authorised nobody said yes -- "${F[@]}" offline allow "1.00 USD"
expect 3 insufficient_balance more than there is -- "${F[@]}" --yes offline allow "500.00 USD"
expect 0 id,state,cap.text,per_payment.text,left.text,spend_until,claim_until set aside, with all options -- \
  "${F[@]}" --yes offline allow "1.00 USD" --per-payment "0.40 USD" --lasts 1d --grace 4d --wait 20s
allowance=$(json id <"$work/out")
expect 0 - the payee has heard what it needs -- "${T[@]}" sync
expect 0 id,amount.text,expires,request,qr_version,qr_codes asked for, with all options -- \
  "${T[@]}" offline request "0.30 USD" --memo "Soup" --expires 1h --png "$work/soup.png"
asked=$(json request <"$work/out")
expect 2 no_such_allowance of another allowance -- "${F[@]}" --yes offline pay "$asked" --from 00000000000000000000000000000000
expect 5 not_authorised nobody said yes to it -- "${F[@]}" offline pay "$work/soup.png"
expect 2 not_an_offline_request nothing to pay -- "${F[@]}" --yes offline pay "$link"
expect 0 allowance,number,amount.text,payment,qr_version,qr_codes paid, with all options -- \
  "${F[@]}" --yes offline pay "$work/soup.png" --from "$allowance" --png "$work/payment.png"
json payment <"$work/out" >"$work/payment.text"
expect 0 payment shown again, moving -- "${F[@]}" --yes offline pay "$asked" --png "$work/payment.gif"
[ "$(json payment <"$work/out")" = "$(cat "$work/payment.text")" ]
expect 0 request asked for a little -- "${T[@]}" offline request "0.05 USD" --png "$work/little.png"
little=$(json request <"$work/out")
expect 5 not_authorised nobody said yes to the way -- "${F[@]}" pay "$little" --offline
expect 2 usage a memo goes with an order alone -- "${F[@]}" --yes pay "$little" --offline --memo "From below"
expect 2 amount_fixed another amount than it asks for -- "${F[@]}" --yes pay "$little" "0.06 USD" --offline
expect 0 way,passed.0,passed.1,allowance,amount.text,payment,qr_version,qr_codes the wallet chooses an allowance -- \
  "${F[@]}" --yes pay "$work/little.png" --offline --png "$work/chosen.png"
[ "$(json way <"$work/out") $(json passed.0 <"$work/out")" = "allowance payee_without_network" ]
expect 2 usage nothing is waited for -- "${F[@]}" --yes pay "$truck" --offline --wait 1s
expect 2 amount_needed how much -- "${F[@]}" --yes pay nobody-here --offline
expect 3 no_offline_way nobody that this could be for -- "${F[@]}" --yes pay nobody-here "0.05 USD" --offline
expect 0 id a tab with whom one knows -- "${F[@]}" --yes tab open "$truck" "0.40 USD"
tab_of_truck=$(json id <"$work/out")
expect 5 not_authorised nobody said yes to a drop -- "${F[@]}" pay "$truck" "0.05 USD" --offline
expect 0 id,way,passed.0,amount.text,total.text,left.text,voucher,qr_version,qr_codes the wallet chooses a tab -- \
  "${F[@]}" --yes pay "$truck" "0.05 USD" --offline --png "$work/drop.gif"
[ "$(json way <"$work/out") $(json passed.0 <"$work/out")" = "tab no_whole_request" ]
expect 0 state -- "${F[@]}" tab close "$tab_of_truck"
expect 0 request asked for too much at once -- "${T[@]}" offline request "0.50 USD"
expect 3 allowance_limit of one payment -- "${F[@]}" --yes offline pay "$(json request <"$work/out")"
expect 3 own_handle one\'s own -- "${T[@]}" --yes offline pay "$asked"
expect 0 limits.0.text what may be lost -- "${T[@]}" offline limit
expect 0 limits.0.text less than it is -- "${T[@]}" offline limit "0.20 USD"
expect 3 loss_limit more than that -- "${T[@]}" --yes offline accept "$work/payment.png"
expect 0 limits.0.text enough -- "${T[@]}" offline limit "10.00 USD"
expect 5 not_authorised nobody takes it -- "${T[@]}" offline accept "$work/payment.png"
expect 2 not_an_offline_payment no payment -- "${T[@]}" --yes offline accept "$asked"
expect 2 not_an_offline_payment cut -- "${T[@]}" --yes offline accept "$(head -c 300 "$work/payment.text")"
expect 0 id,state,amount.text,new taken -- "${T[@]}" --yes offline accept "$work/payment.gif"
input=$work/payment.text expect 0 new taken twice is taken once -- "${T[@]}" --yes offline accept -
[ "$(json new <"$work/out")" = false ]
expect 6 payment_not_good somebody else\'s -- "${F[@]}" --yes offline accept "$work/payment.png"
expect 0 claimed.0.amount.text,claimed.0.guaranteed.text,refused claimed -- "${T[@]}" offline claim
expect 0 taken.0.state,taken.0.claim_until,unsettled.0.text,limits by the payee -- "${T[@]}" offline list
expect 0 allowances.0.id,allowances.0.spent.text,allowances.0.payments.0.memo by the payer -- "${F[@]}" offline list
expect 0 id,state revoked -- "${F[@]}" offline revoke "$allowance"
expect 0 request asked again -- "${T[@]}" offline request "0.10 USD"
asked=$(json request <"$work/out")
expect 3 allowance_not_open nothing more is signed -- "${F[@]}" --yes offline pay "$asked"
expect 3 no_offline_way nor chosen -- "${F[@]}" --yes pay "$asked" --offline
expect 2 no_such_allowance another\'s -- "${F[@]}" offline revoke 00000000000000000000000000000000
expect 0 balances.0.held.text still set aside -- "${F[@]}" balance
