#!/bin/bash
# Start-up time: the median of 51 runs of `glyphlift --version` in milliseconds. Argument: the program (default
# build/glyphlift).
program=${1:-$(dirname "$0")/../../build/glyphlift}
"$program" --version || exit 1
times=()
for _ in $(seq 51); do
  before=${EPOCHREALTIME/./}
  "$program" --version >/dev/null
  times+=($((${EPOCHREALTIME/./} - before)))
done
median=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 26p)
printf 'start-up: median %d.%02d ms of 51\n' $((median / 1000)) $((median % 1000 / 10))
