#!/bin/bash
# The trainer's speed beside PyTorch's on the same network (see bench_training.c) at batch 128, at 1 and 2 threads, in
# pictures a second. PyTorch (Debian's python3-torch, left out where it is not installed) does forward, backward and an
# SGD step on pictures that lie ready, in both memory formats, and with threads that spin for a while when they wait, as
# is its default, or sleep at once; the best of these counts. All take turns of about a second, so that other work on the
# machine disturbs them alike; medians are printed, and the range.
#
#   tests/bench/bench_training.sh [ROUNDS] [BUILD_FOLDER]     (default: 9 rounds, build)
set -euo pipefail
rounds=${1:-9}
build=${2:-$(dirname "$0")/../../build}
python=/usr/bin/python3
export LC_ALL=C

# As bench_training: a line of standard input, here with the memory format, is a round, answered by pictures a second.
torch_program='
import sys, time, torch
from torch import nn
torch.set_num_threads(int(sys.argv[1]))
def conv(i, o): return [nn.Conv2d(i, o, 3, padding=1), nn.ReLU()]
def make(memory):
    net = nn.Sequential(*conv(1, 16), *conv(16, 16), nn.MaxPool2d(2), *conv(16, 32), *conv(32, 32), nn.MaxPool2d(2),
                        *conv(32, 64), *conv(64, 64), nn.AvgPool2d(7), nn.Flatten(), nn.Linear(64, 10))
    net = net.to(memory_format=memory).train()
    return net, torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9, nesterov=True, weight_decay=5e-4), \
        [torch.randn(128, 1, 28, 28).to(memory_format=memory) for _ in range(4)]
formats = {"channels_last": make(torch.channels_last), "contiguous": make(torch.contiguous_format)}
labels = torch.randint(0, 10, (128,))
loss = nn.CrossEntropyLoss()
for line in sys.stdin:
    net, optimizer, batches = formats[line.strip()]
    start, pictures = time.monotonic(), 0
    while time.monotonic() - start < 1.0:
        for batch in batches:
            optimizer.zero_grad(set_to_none=True)
            loss(net(batch), labels).backward()
            optimizer.step()
            pictures += 128
    print(round(pictures / (time.monotonic() - start)), flush=True)
'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Starts a program that answers lines: start NAME PROGRAM...
declare -A to from
start() {
  local name=$1
  mkfifo "$work/$name.in" "$work/$name.out"
  "${@:2}" <"$work/$name.in" >"$work/$name.out" &
  exec {to[$name]}>"$work/$name.in" {from[$name]}<"$work/$name.out"
}

stop() {
  exec {to[$1]}>&- {from[$1]}<&-
}

# A round of a program; the figure goes to the file of what was asked for.
ask() {
  local figure
  echo "${3:-}" >&"${to[$1]}"
  read -r figure <&"${from[$1]}"
  echo "$figure" >>"$work/$2"
}

median() {
  sort -n "$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

show() {
  printf '  %-32s %6d pictures/s (%d to %d)\n' "$2" "$(median "$1")" "$(sort -n "$1" | head -1)" "$(sort -n "$1" | tail -1)"
}

with_torch=1
"$python" -c 'import torch' 2>/dev/null || with_torch=0
[ $with_torch = 1 ] || echo "PyTorch is not installed (Debian: python3-torch): the trainer alone"
for threads in 1 2; do
  rm -f "$work"/*
  start own "$build/bench_training" $threads
  waits=()
  if [ $with_torch = 1 ]; then
    waits=(spinning)
    start spinning env -u OMP_WAIT_POLICY "$python" -c "$torch_program" $threads
    if [ $threads -gt 1 ]; then
      waits+=(sleeping)
      start sleeping env OMP_WAIT_POLICY=passive "$python" -c "$torch_program" $threads
    fi
  fi
  for round in $(seq 0 "$rounds"); do
    [ "$round" != 1 ] || rm -f "$work"/*.figures # the first round warms up
    ask own own.figures
    for wait in "${waits[@]}"; do
      for format in channels_last contiguous; do
        ask "$wait" "$format, $wait.figures" $format
      done
    done
  done
  echo "threads: $threads"
  show "$work/own.figures" "this trainer"
  stop own
  best=0
  for wait in "${waits[@]}"; do
    stop "$wait"
    for format in channels_last contiguous; do
      show "$work/$format, $wait.figures" "PyTorch, $format, $wait"
      figure=$(median "$work/$format, $wait.figures")
      [ "$figure" -lt "$best" ] || best=$figure
    done
  done
  [ $with_torch = 0 ] || awk -v own="$(median "$work/own.figures")" -v best="$best" 'BEGIN {
    printf "  ratio %.2f\n", own / best }'
done
