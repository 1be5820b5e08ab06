#!/bin/bash
# Inputs that fail: one clear sentence each, status 1, a JSON error object in the file's place, the others read.
. "$(dirname "$0")/common.sh"
page=$pages/numbers.jpg

echo 'no picture at all' >text.jpg
head -c 20000 "$page" >truncated.jpg
head -c 2000 "$pages/single.png" >truncated.png
: >empty.jpg
mkdir folder
# A PNG header of 60000 x 60000 pixels.
printf '\211PNG\015\012\032\012\000\000\000\015IHDR\000\000\352\140\000\000\352\140\010\000\000\000\000\245\271\052\236' >huge.png
printf '\000\001\002\003noise\377\376' >noise.png
cp "$page" unreadable.jpg
chmod 000 unreadable.jpg

# failing NAME CODE: as one input among good ones, in every format.
failing() {
  run read "$page" "$1" "$page"
  expect_status 1
  expect_err "^glyphlift: .*$1: "
  expect_err_lines 1
  [ "$(tr -dc '\f' <out | wc -c)" -eq 2 ] || fail 'three pages expected'
  run read -f json "$page" "$1" "$page"
  expect_status 1
  expect_err_lines 1
  expect_json 2 1
  expect_out "\"file\":\"$1\",\"page\":1,\"error\":\{\"code\":\"$2\",\"message\":\"$1: "
  [ "$(sed -n 2p files)" = "$1" ] || fail 'the error does not stand in its place'
  run read -f csv "$1"
  expect_status 1
  [ "$(wc -l <out)" -eq 1 ] || fail 'a header and no row expected'
  run classify -f json "$1" "$pages/single.png"
  expect_status 1
  expect_json 1 1
  run classify "$1" "$pages/single.png"
  [ "$(wc -l <out)" -eq 2 ] || fail 'a line a picture expected'
}
failing missing.jpg io
# One reason, one text: of a picture, a model, a place for the output.
reason='there is no such file or folder'
run read missing.jpg
expect_err "^glyphlift: missing\\.jpg: cannot be opened: $reason\$"
run read --model missing.glnn "$page"
expect_err "^glyphlift: missing\\.glnn: cannot be opened: $reason\$"
run read -o no/where.txt "$page"
expect_err "^glyphlift: no/where\\.txt: cannot be created: $reason\$"
failing text.jpg format
failing truncated.jpg format
failing truncated.png format
failing empty.jpg format
failing huge.png limit
failing folder io
failing noise.png format

# Root may read everything, so the unreadable file is tried as nobody.
if [ "$(id -u)" -ne 0 ]; then
  failing unreadable.jpg io
elif as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups) && "${as_nobody[@]}" "$glyphlift" --version >out 2>err; then
  "${as_nobody[@]}" "$glyphlift" read -f json unreadable.jpg "$page" >out 2>err
  status=$? ran='read unreadable.jpg as nobody'
  expect_status 1
  expect_json 1 1
  expect_err_lines 1
  expect_out '"file":"unreadable.jpg","page":1,"error":\{"code":"io"'
else
  echo 'SKIPPED: the unreadable file; user nobody cannot run the program'
fi

# File names with any bytes.
name=$'bad\xff,"name"\n.jpg'
run read -f json "$name"
expect_status 1
expect_json 0 1
expect_out $'"file":"bad\xef\xbf\xbd,\\\\"name\\\\"\\\\n.jpg"'
expect_err_lines 1
cp "$page" "$name"
run read -f csv "$name"
expect_status 0
expect_out $'^"bad\xef\xbf\xbd,""name""$'
run read -f tsv "$name"
expect_out $'^bad\xef\xbf\xbd,"name"\\\\n.jpg\t'

finish
