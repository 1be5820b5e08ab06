#!/usr/bin/env bash
# nn for arm64, built by a cross compiler and run by an emulator: the kernels for NEON and its dot product against C, and
# whole networks. SKIPPED where the two are missing (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user).
set -euo pipefail

root=${GLYPHLIFT_SOURCE_DIR:-$(cd "$(dirname "$0")/.." && pwd)}
compiler=aarch64-linux-gnu-gcc

for program in $compiler qemu-aarch64; do
  if ! command -v $program >/dev/null; then
    echo "SKIPPED: there is no $program"
    exit 77
  fi
done
# The emulator needs to know where arm64's libc lies.
emulator=(qemu-aarch64 -L "$(dirname "$(dirname "$(readlink -f "$($compiler -print-file-name=libc.so.6)")")")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake -S "$root" -B "$work" -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=$compiler \
  -DCMAKE_C_COMPILER_LAUNCHER="$(command -v ccache || true)" -DCMAKE_CROSSCOMPILING_EMULATOR="$(IFS=';'; echo "${emulator[*]}")" \
  -DGLYPHLIFT_NN_ONLY=ON -DGLYPHLIFT_TESTS=OFF >"$work/log"
cmake --build "$work" -j 2 >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
if grep -q 'warning:' "$work/log"; then
  grep 'warning:' "$work/log"
  exit 1
fi

for test in test_nn_int8 test_nn_session; do
  $compiler -std=gnu11 -O2 -I"$root/tests/arm64" -DGLYPHLIFT_SOURCE_DIR="\"$root\"" -o "$work/$test" \
    "$root/tests/$test.c" "$work/libglyphlift_nn.a" -lm
  (cd "$work" && "${emulator[@]}" -cpu max "./$test")
done

# On a processor without the dot product the level must not be chosen.
(cd "$work" && "${emulator[@]}" -cpu cortex-a53 ./test_nn_int8 | tail -n 1)
