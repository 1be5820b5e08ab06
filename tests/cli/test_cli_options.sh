#!/bin/bash
# Each option of read and classify, and every kind of wrong usage.
. "$(dirname "$0")/common.sh"
page=$pages/numbers.jpg
single=$pages/single.png

# ---- help and version
run --version && expect_status 0
expect_out '^glyphlift [0-9]+\.[0-9]+\.[0-9]+$'
run read --version
expect_status 0
for command in '' read classify; do
  run $command --help
  expect_status 0
  expect_quiet
  expect_out '^Usage: glyphlift'
  [ "$(awk 'length > 80' out)" = '' ] || fail 'help wider than 80 columns'
  cp out long
  run $command -h
  expect cmp -s out long
done
run read --help
for option in format output overlay dump-stages keep-rejected quiet min-confidence model expect digits ignore-orientation region max-pixels \
  threads help version; do
  expect_out "--$option"
done

# ---- wrong usage: status 2, a sentence, no output
usage() {
  run "$@"
  expect_status 2
  expect_no_out
  expect_err '^glyphlift: '
  expect_err_lines 1
}
usage unknown
usage --unknown
usage read
usage classify
usage read --
usage read --unknown "$page"
usage read -z "$page"
usage read -qz "$page"
usage read --quiet=1 "$page"
usage read --m 1 "$page" # ambiguous: max-pixels, min-confidence, model
usage read "$page" -f
usage read "$page" --format
for value in xml '' JSON 'json '; do usage read -f "$value" "$page"; done
for value in nan inf -0.1 1.01 '' 0.5x ' 0.5' 0x1 1e999 . e; do usage read --min-confidence "$value" "$page"; done
for value in 0 -1 41 '' two 1.0; do usage read --digits "$value" "$page"; done
for value in '' '(' '[0-9' 'a{2,1}'; do usage read --expect "$value" "$page"; done
for value in 0 -1 1.5 '' x 1x ' 1' 99999999999999999999; do usage read --max-pixels "$value" "$page"; done
for value in '' 1,2,3 1,2,3,4,5 0,0,0,5 0,0,5,0 -1,0,5,5 a,b,c,d '1, 2,3,4' 1.5,2,3,4 1,2,3,4, 9999999999,0,1,1; do
  usage read --region "$value" "$page"
done
for value in 0 -1 257 '' two 1.0; do usage read -j "$value" "$page"; done
for option in -o --overlay --dump-stages --model; do usage read $option '' "$page"; done
usage read - -
expect_err 'once'
run
expect_status 2
expect_err '^Usage'

# ---- formats: the same numbers in each
run read "$page"
expect_status 0
expect_quiet
expect_out '[0-9]'
tr -s ' \n' '\n\n' <out >numbers
run read -f text "$page"
expect cmp -s <(tr -s ' \n' '\n\n' <out) numbers
run read -f csv "$page"
expect_status 0
expect_out '^file,page,line,x,y,width,height,text,confidence$'
expect cmp -s <(tail -n +2 out | cut -d, -f8) numbers
run read --format=tsv "$page"
expect cmp -s <(tail -n +2 out | cut -f8) numbers
run read --format json "$page"
expect_status 0
expect_json 1 0
expect_out '"width":1200,"height":900,'

# ---- classify
run classify "$single"
expect_status 0
expect_out '^[0-9?]$'
run classify -f json "$single"
expect_json 1 0
expect_out '"glyph":\{"text":'
run classify -f csv "$single" "$single"
expect_out '^file,page,x,y,width,height,text,confidence$'
[ "$(wc -l <out)" -eq 3 ] || fail 'not a header and two rows'

# ---- reading options
run read --min-confidence 0 "$page"
expect_status 0
run read --min-confidence 1 "$page"
expect_status 0
expect_out '\?'
run read -f json --keep-rejected "$page"
expect_status 0
expect_json 1 0
run read -f json --expect '[0-9]{3,5}' "$page"
expect_status 0
expect_json 1 0
expect_out '"text":"175"'
expect_out '"expected":false'       # 27 and 58 have two digits
run read --expect '[0-9]+' "$page"  # what all numbers fit changes nothing
expect cmp -s <(tr -s ' \n' '\n\n' <out) numbers
run read --digits 3 -f json "$page"
expect_out '"text":"175","confidence":[0-9.]+,"box":\[[0-9,]+\],"quad":\[[][0-9.,]+\],"glyphs"'
expect_out '"expected":false'
run read -f json --keep-rejected --min-confidence 0.5 "$page" "$pages/shadow.jpg"
expect_status 0
expect_json 2 0
# the first line of the page, where the whole page has it; then what reaches past the picture
run read -f json "$page"
box=$(grep -oE '"lines":\[\{"text":"3268 175","box":\[[0-9,]+' out | grep -oE '[0-9,]+$')
IFS=, read -r x y w h <<<"$box"
run read --region "$((x - 30)),$((y - 30)),$((w + 60)),$((h + 45))" "$page"
expect_status 0
expect_quiet
[ "$(cat out)" = '3268 175' ] || fail 'the region holds 3268 175'
run read -f json --region "$((x - 30)),$((y - 30)),$((w + 60)),$((h + 45))" "$page"
expect_out '"width":1200,"height":900'
near=$(grep -oE '"lines":\[\{"text":"3268 175","box":\[[0-9,]+' out | grep -oE '[0-9,]+$')
IFS=, read -r nx ny nw nh <<<"$near"
for pair in $x,$nx $y,$ny $w,$nw $h,$nh; do
  off=$((${pair%,*} - ${pair#*,}))
  [ "${off#-}" -le 3 ] || fail "the box $near is not that of the whole page, $box"
done
run classify -f json --region "$((x - 30)),$((y - 30)),$((w / 4)),$((h + 45))" "$page"
expect_status 0
run read --region 1000,0,201,900 "$page"
expect_status 1
expect_no_out
expect_err 'numbers.jpg: the region 1000,0,201,900 reaches past the picture, which is 1200 x 900 pixels large$'
run read -f json --region 0,900,1,1 "$page"
expect_status 1
expect_out '"code":"argument"'
run read --max-pixels 1079999 -f json "$page"
expect_status 1
expect_json 0 1
expect_out '"code":"limit"'
run read --max-pixels 1080000 "$page"
expect_status 0
run read --model missing.model "$page"
expect_status 3
expect_err 'missing\.model'
expect_err_lines 1
head -c 1000 "$page" >bad.model
run read --model bad.model "$page"
expect_status 3
expect_err_lines 1

# EXIF orientation 6: turn by 90 degrees.
{
  printf '\377\330\377\341\000\042Exif\000\000II*\000\010\000\000\000\001\000\022\001\003\000\001\000\000\000\006\000\000\000'
  printf '\000\000\000\000'
  tail -c +3 "$page"
} >turned.jpg
run read -f json turned.jpg
expect_out '"width":900,"height":1200,'
run read -f json --ignore-orientation turned.jpg
expect_out '"width":1200,"height":900,'

# ---- stages, overlay, quiet
run read --dump-stages stages "$page"
expect_status 0
for picture in stages/*; do expect_png "$picture"; done
run read -q --overlay seen.png "$page"
expect_status 0
expect_quiet
expect_png seen.png
run classify --overlay seen.png "$single"
expect_status 0
mkdir overlays
run read --overlay overlays "$page"
expect_png overlays/numbers.overlay.png
run read --overlay made "$page" "$pages/small.jpg"
expect_status 0
expect_png made/numbers.overlay.png
expect_png made/small.overlay.png
run read --overlay slash/ - <"$page"
expect_status 1 # run() gives no standard input
expect test -d slash
"$glyphlift" read --overlay slash/ - <"$page" >out 2>err
status=$?
expect_status 0
expect_png slash/stdin.overlay.png

# ---- the progress bar: on a terminal, after a second, without -q
slowly() { # with a terminal for standard error; the second input takes more than a second
  rm -f slow
  mkfifo slow
  (sleep 1.2 && timeout 30 sh -c 'cat "$1" >slow' sh "$page") &
  script -qec "'$glyphlift' read -j 1 $* '$page' slow '$page' '$page' >numbers" terminal >out 2>err </dev/null
  status=$? ran="read -j 1 $* on a terminal"
  wait
}
if script -qec true terminal >out 2>err </dev/null; then
  slowly
  expect_status 0
  expect_out '#+\.+\] [12] of 4'
  slowly -q
  expect_status 0
  expect_no_out
else
  echo 'SKIPPED: the progress bar; no program script, or no terminal for it'
fi

# ---- an overlay or a result never takes an input's place, nor two overlays the same
cp "$page" own.png
cp "$page" numbers.overlay.png
ln -s own.png link.png
for target in own.png link.png ./own.png; do
  usage read --overlay $target own.png
  usage read -o $target own.png
done
usage read --overlay . "$page" numbers.overlay.png
expect cmp -s "$page" own.png
expect cmp -s "$page" numbers.overlay.png
usage read --overlay both "$page" ./own.png "$page"
usage read --overlay own.png "$page" "$single" # a file, but two inputs
usage read --overlay same.png -o same.png "$page"
usage read --overlay - "$page"
run read --overlay missing/folder/x.png "$page"
expect_status 3
expect_out '[0-9]' # the reading is there all the same

# ---- -- and names that look like options
cp "$page" -- '-q'
run read -- -q
expect_status 0
run read -f csv "$page" -- -q
[ "$(cut -d, -f1 out | sort -u | wc -l)" -eq 3 ] || fail 'two files expected'

finish
