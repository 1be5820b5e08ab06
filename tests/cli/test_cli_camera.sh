#!/bin/bash
# glyphlift camera: options, sentences, and what it writes, on a short image sequence; the window where Xvfb is installed.
. "$(dirname "$0")/common.sh"

# A sheet that is shown for two seconds of 25 frames.
mkdir frames
for i in $(seq 1 50); do ln -s "$pages/numbers.jpg" "frames/frame_$i.jpg"; done
expected='3268 175|40961 27|58 3307 914|66210 8745|1492 530'

run camera --help
expect_status 0
expect_out '^Usage: glyphlift camera'
run camera --sure 2 frames
expect_status 2
expect_err "--sure takes a number from 0 to 1, not '2'; see glyphlift camera --help"
run camera --size 1280 frames
expect_status 2
expect_err "--size takes WIDTHxHEIGHT"
run camera --steady -1 frames
expect_status 2
run camera --fps 0 frames
expect_status 2
run camera -f csv frames
expect_status 2
run camera frames frames
expect_status 2
expect_err "one source is read at a time, and 'frames' is a second"
run camera -
expect_status 2

run camera 4711
expect_status 1
if [ -e "$build/glyphlift_video.so" ]; then
  expect_err '^glyphlift: there is no camera /dev/video4711$'
  run camera "$GLYPHLIFT_SOURCE_DIR/LICENSE"
  expect_status 1
  expect_err 'LICENSE: not a video of a known format$'
fi
run camera missing.avi
expect_status 1
expect_err '^glyphlift: missing.avi: cannot be opened: there is no such file or folder$'
run camera --record /no/such/folder/all.jsonl frames
expect_status 3
expect_err 'all.jsonl: cannot be written'

# Each number once; in text, json, and on the record of every frame.
run camera --every-frame -f text frames
expect_status 0
expect_err '^50 frames of 1200 x 900 read in .* processor time each;$'
expect_err '^  latency .* 11 readings told$'
expect test "$(tr ' ' '\n' <out | sort)" = "$(tr ' |' '\n\n' <<<"$expected" | sort)"
cp out first
run camera --every-frame --quiet -f text "frames/frame_%d.jpg"
expect_status 0
expect_quiet
expect cmp -s out first # the same every time
run camera --every-frame -q -o told.jsonl --record all.jsonl --snapshot shots --stats stats.json frames
expect_status 0
expect_no_out
expect grep -q '^{"schema":"glyphlift/1","file":"frames","page":1,"time_ms":[0-9.]*,"frame":[0-9]*,' told.jsonl
expect test "$(wc -l <all.jsonl)" = 50
expect test "$(grep -o '"text":"3268"' told.jsonl | wc -l)" = 1
expect grep -q '"frames_read":50,"frames_dropped":0,"readings_told":11,' stats.json
expect test "$(ls shots | wc -l)" = "$(wc -l <told.jsonl)"
for shot in shots/*.png; do expect_png "$shot"; done

run camera --once -q -f text frames
expect_status 0
expect [ -s out ]
run camera --every-frame -q --expect '[0-9]{5}' -f text frames
expect_status 0
expect grep -q 66210 out
grep -qw 175 out && fail 'told what is not expected'

# A picture that cannot be read costs itself alone.
echo 'no picture' >frames/frame_25x.jpg
run camera --every-frame -q -f text frames
expect_status 1
expect_err '^glyphlift: frames/frame_25x.jpg: is not a picture'
expect_err_lines 1
expect cmp -s out first
rm frames/frame_25x.jpg

# A stream that breaks off: its writer goes away as an unplugged camera does.
if [ -e "$build/glyphlift_video.so" ]; then
  "$build/glyphlift-draw-video" -w 320 -f 10 video.avi >/dev/null
  mkfifo stream
  head -c 200000 video.avi >stream &
  run camera --every-frame stream
  expect_status 1
  expect_err '^glyphlift: stream: ends after [0-9]+ of 126 frames: it is damaged or cut off$'
  wait
fi

# Ctrl-C is the usual end.
mkdir long
for i in $(seq 1 2000); do ln -s "$pages/numbers.jpg" "long/$i.jpg"; done
interrupted() {
  "$@" >out 2>err &
  local child=$! i
  ran="$*"
  for i in $(seq 1 300); do
    [ -s out ] && break
    sleep 0.1
  done
  sleep "${hold:-0}"
  [ -z "${before_end:-}" ] || $before_end
  kill -INT "$child"
  wait "$child"
  status=$?
}
set -m # a background job of a script ignores SIGINT otherwise
interrupted "$glyphlift" camera -f text long
expect_status 0
expect_err 'frames of 1200 x 900 read'

# Without a display --window says so; with one the live picture is on the screen.
[ -e "$build/glyphlift_window.so" ] || { echo 'SKIPPED: the window module is not built'; finish; }
env -u DISPLAY -u WAYLAND_DISPLAY "$glyphlift" camera --window frames >out 2>err </dev/null
status=$? ran='camera --window without a display'
expect_status 3
expect_err 'the window cannot be shown: there is no display'

if ! command -v Xvfb >/dev/null || ! command -v import >/dev/null; then
  echo 'SKIPPED: Xvfb and ImageMagick, to look at the window, are not installed'
  finish
fi
Xvfb -displayfd 3 -screen 0 1280x1024x24 -nolisten tcp 3>display 2>/dev/null &
server=$!
for i in $(seq 1 100); do [ -s display ] && break; sleep 0.1; done
mkdir -m 700 runtime
export DISPLAY=:$(cat display) XDG_RUNTIME_DIR=$work/runtime
take_picture() { import -window root screen.png; }
hold=2 before_end=take_picture interrupted "$glyphlift" camera --window -f text long
expect_status 0
expect_png screen.png
# The sheet is light and the overlay's boxes are green: an empty screen is black.
light=$(convert screen.png -colorspace Gray -format '%[fx:mean]' info:)
green=$(convert screen.png -fx 'g > r + 0.3 && g > b + 0.2' -format '%[fx:mean * w * h]' info:)
awk -v light="$light" 'BEGIN { exit !(light > 0.1) }' || fail "the screen is dark: $light"
awk -v green="$green" 'BEGIN { exit !(green > 200) }' || fail "no boxes are on the screen: $green"
kill "$server"
wait "$server" 2>/dev/null
finish
