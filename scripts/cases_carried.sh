# A payer without network, in the table of cases: asked, signed, posted by the payee, answered. Sourced by scripts/cases.
# shellcheck shell=bash
# shellcheck disable=SC2154 # its variables

expect 0 id,link,whole,qr_text,qr_version,qr_codes a whole request -- "${T[@]}" request "0.10 USD" --whole --png "$work/whole.png"
whole=$(json whole <"$work/out")
expect 0 kind,genuine,details.amount.text what it is -- "${F[@]}" scan "$work/whole.png"
expect 5 not_authorised nobody said yes -- "${F[@]}" pay "$work/whole.png" --offline
expect 2 amount_fixed another amount -- "${F[@]}" --yes pay "$whole" "0.20 USD" --offline
expect 2 usage a link is not whole -- "${F[@]}" --yes pay "http://127.0.0.1:1/R#$(printf 'A%.0s' {1..32})" --offline
expect 2 usage a picture of what is paid at once -- "${F[@]}" --yes pay "$whole" --png "$work/no.png"
expect 3 own_handle one\'s own -- "${T[@]}" --yes pay "$whole" --offline
expect 0 whole more than there is -- "${T[@]}" request "500.00 USD" --whole
expect 3 insufficient_balance not covered -- "${F[@]}" --yes pay "$(json whole <"$work/out")" --offline
expect 0 id,state,carried,qr_version,expires,total.text,way,passed signed, with all options -- "${F[@]}" --yes pay "$work/whole.png" --offline \
  --memo "From below" --png "$work/order.png"
carried_id=$(json id <"$work/out")
[ "$(json state <"$work/out")" = sent ]
expect 0 carried,qr_version,qr_codes shown again, moving -- "${F[@]}" carry "$carried_id" --png "$work/again.gif"
head -c 3000 "$work/again.gif" >"$work/part.gif"
printf 'GIF89a\x10\x00\x10\x00\x00\x00\x00rubbish' >"$work/noise.gif"
printf 'GIF89a\xff\xff\xff\xff\x00\x00\x00rubbish' >"$work/huge.gif"
expect 2 not_a_picture half an animation -- "${T[@]}" carry "$work/part.gif"
expect 2 not_a_picture an animation that is none -- "${T[@]}" carry "$work/noise.gif"
expect 2 too_large_to_scan an animation that is a bomb -- "${T[@]}" carry "$work/huge.gif"
printf 'GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x80\x00\x00\x00\xff\xff\xff\x02\x02\x4c\x01\x00;' >"$work/sly.gif"
expect 2 too_large_to_scan one with a still larger than itself -- "${T[@]}" carry "$work/sly.gif"
expect 2 code_damaged one of several codes -- "${T[@]}" carry "UR:FARTHING-FC/1-5/AEAE"
expect 0 state,amount.text,to_us,answer posted by the payee -- "${T[@]}" carry "$work/order.png" --png "$work/answer.png"
expect 0 state,answer posted twice is paid once -- "${T[@]}" carry "$work/again.gif"
expect 2 not_an_answer not the payee\'s own -- "${T[@]}" carry "$work/answer.png"
expect 0 id,state,amount.text,at the answer -- "${F[@]}" carry "$work/answer.png"
[ "$(json state <"$work/out")" = settled ]
expect 3 not_a_draft nothing more to show -- "${F[@]}" carry "$carried_id"
expect 0 carried signed for a request that was paid -- "${F[@]}" --yes pay "$whole" --offline
json carried <"$work/out" >"$work/order.text"
input=$work/order.text expect 3 request_used refused by the verifier -- "${T[@]}" carry -
expect 0 - the payer hears of it -- "${F[@]}" sync
expect 2 "" cut -- "${T[@]}" carry "$(head -c 200 "$work/order.text")"
expect 0 whole what somebody else asks -- "${F[@]}" request "0.10 USD" --whole
other=$(json whole <"$work/out")
expect 0 carried -- "${T[@]}" --yes pay "$other" --offline
json carried <"$work/out" >"$work/order.text"
input=$work/order.text expect 1 not_for_us there is nothing to deliver for -- "${T[@]}" carry -
