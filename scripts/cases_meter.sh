# Meters, in the table of cases: offered, refused, paid by itself up to a cap. Sourced by scripts/cases.
# shellcheck shell=bash
# shellcheck disable=SC2154 # its variables

expect 1 not_listening an address of somebody else\'s, with all options -- "${T[@]}" meter charge 192.0.2.1:7300 "0.30 USD" \
  --per kWh --ticks 1000 --rate 2 --free 10 --quantum 10 --grace 5s --cap "9.00 USD" --memo "Socket 3" --expires 1h --png "$work/meter.png"
expect 2 usage counted, at no rate -- "${T[@]}" meter charge 127.0.0.1:0 "0.30 USD" --per kWh --cap "9.00 USD"
expect 2 usage time at a rate -- "${T[@]}" meter charge 127.0.0.1:0 "0.30 USD" --per hour --rate 3 --cap "9.00 USD"
expect 2 "" no price -- "${T[@]}" meter charge 127.0.0.1:0 "0.00 USD" --per hour --cap "9.00 USD"
expect 2 "" a quantum above the cap -- "${T[@]}" meter charge 127.0.0.1:0 "1.00 USD" --per second --quantum 10s --cap "9.00 USD"
"${T[@]}" meter charge 127.0.0.1:0 "0.01 USD" --per second --quantum 1s --grace 3s --cap "1.00 USD" --png "$work/meter.png" \
  >"$work/charge.out" &
charging=$!
until [ -s "$work/charge.out" ]; do sleep 0.1; done
meter=$(head -n 1 "$work/charge.out" | json listening)
expect 0 details.meter.quantum_ticks what it is -- "${F[@]}" scan "$work/meter.png"
expect 5 not_authorised nobody said yes -- "${F[@]}" meter pay "$work/meter.png" "$meter"
expect 2 usage no address -- "${F[@]}" --yes meter pay "$work/meter.png" http://127.0.0.1/
expect 2 tab_terms a cap that buys nothing -- "${F[@]}" --yes meter pay "$work/meter.png" "$meter" "0.005 USD"
expect 3 insufficient_balance more than there is -- "${F[@]}" --yes meter pay "$work/meter.png" "$meter" "500.00 USD" --memo "Hello" --wait 20s
"${F[@]}" --yes meter pay "$work/meter.png" "$meter" "0.02 USD" >"$work/meter.out"
[ "$(tail -n 1 "$work/meter.out" | json why)" = cap ]
wait "$charging"
[ "$(tail -n 1 "$work/charge.out" | json claimed.text)" = "0.02 USD" ]
expect 0 link no meter -- "${T[@]}" tab offer "0.02 USD" --unit article --cap "1.00 USD"
expect 2 usage to be paid by hand -- "${F[@]}" --yes meter pay "$(json link <"$work/out")" "$meter"
