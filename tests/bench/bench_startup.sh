#!/bin/bash
# Start-up time of `glyphlift --version`: the median of 51 runs by the clock, and their mean processor time, which other
# work on the machine disturbs less. Argument: the program (default build/glyphlift).
program=${1:-$(dirname "$0")/../../build/glyphlift}
"$program" --version || exit 1
export LC_ALL=C
times_file=$(mktemp)
trap 'rm -f "$times_file"' EXIT
clock_us=()
for _ in $(seq 51); do
  before=${EPOCHREALTIME/./}
  "$program" --version >/dev/null
  clock_us+=($((${EPOCHREALTIME/./} - before)))
done
median_us=$(printf '%s\n' "${clock_us[@]}" | sort -n | sed -n 26p)
times >"$times_file" # its second line is the children's: 0m0.123s 0m0.045s
awk -v median_us="$median_us" -F '[ms ]+' 'NR == 2 {
  printf "start-up: median %.2f ms, processor time %.2f ms\n", median_us / 1000, ($2 + $4) * 1000 / 51 }' "$times_file"
