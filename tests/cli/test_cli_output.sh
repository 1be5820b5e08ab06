#!/bin/bash
# Where results go: files that appear whole or not at all, full disks, closed pipes, and the same bytes with any number of
# threads and in any locale.
. "$(dirname "$0")/common.sh"
page=$pages/numbers.jpg
inputs=("$page" "$pages/small.jpg" missing.jpg "$pages/tilted.jpg" "$pages/blackboard.png" "$pages/shadow.jpg")

# ---- a file
run read -o results.txt "$page"
expect_status 0
expect_no_out
expect grep -q '[0-9]' results.txt
run read "$page"
expect cmp -s out results.txt
run read -o - "$page"
expect cmp -s out results.txt
(umask 027 && "$glyphlift" read -o masked.txt "$page")
[ "$(stat -c %a masked.txt)" = 640 ] || fail 'the new file is not as umask says'
chmod 604 masked.txt
ln -s masked.txt link.txt
run read -o link.txt "$pages/small.jpg"
[ -L link.txt ] || fail 'the link is gone'
[ "$(stat -c %a masked.txt)" = 604 ] || fail 'the mode of the file has changed'
run read "$pages/small.jpg"
expect cmp -s out masked.txt

# ---- a failure leaves the old file, and nothing beside it
echo old >kept.txt
run read -o kept.txt --model missing.model "$page"
expect_status 3
(
  trap '' XFSZ
  ulimit -f 1
  "$glyphlift" read -f json -o kept.txt "${inputs[@]}" 2>/dev/null
)
status=$? ran='read -o kept.txt with a limit of 1 KiB a file'
expect_status 3
[ "$(cat kept.txt)" = old ] || fail 'the old file is not there any more'
run read -o no/such/folder.txt "$page"
expect_status 3
expect_err '^glyphlift: no/such/folder.txt: '
run read -o . "$page"
expect_status 3
[ -z "$(find . -name '.glyphlift*')" ] || fail 'a temporary file is left'

# ---- a signal, too, where the file system has files without a name
mkfifo pipe
"$glyphlift" read -o kept.txt - <pipe &
pid=$!
exec 9>pipe
for _ in $(seq 200); do # until it waits for its input, with the output open
  ls -l /proc/$pid/fd 2>/dev/null | grep -F "$work" | grep -qv '/pipe$' && break
  sleep 0.05
done
named=$(find . -name '.glyphlift*')
[ -z "$named" ] || echo 'SKIPPED: nothing left by a signal; this file system has no files without a name'
kill -TERM $pid
wait $pid
status=$? ran='read -o kept.txt -, then SIGTERM'
exec 9>&-
expect_status 143
[ "$(cat kept.txt)" = old ] || fail 'the old file is not there any more'
[ "$(find . -name '.glyphlift*')" = "$named" ] || fail 'a temporary file is left'
rm -f $named

# ---- full disk, closed output
for arguments in --version --help "read $page" "read -f json missing.jpg" "classify $pages/single.png"; do
  "$glyphlift" $arguments >/dev/full 2>err
  status=$? ran="glyphlift $arguments >/dev/full"
  expect_status 3
  expect_err '^glyphlift: standard output: cannot be written: no space left on the disk$'
  "$glyphlift" $arguments >&- 2>err
  status=$? ran="glyphlift $arguments >&-"
  expect_status 3
done
run read -o /dev/full "$page"
expect_status 3
expect_err '^glyphlift: /dev/full: cannot be written: no space left on the disk$'
run read -o /dev/null "$page"
expect_status 0
[ -c /dev/null ] || fail '/dev/null was replaced'
# With standard output closed, the overlay's file must not take its number.
"$glyphlift" read --overlay seen.png "$page" >&- 2>err
expect_png seen.png

# ---- a reader of the pipe that goes away ends the program quietly
{ "$glyphlift" read "${inputs[@]}" "${inputs[@]}" 2>err || echo $? >ended; } | head -c 1 >out
grep -v missing.jpg err && fail 'sentences about the pipe'
[ ! -e ended ] || [ "$(cat ended)" = 141 ] || [ "$(cat ended)" = 1 ] || fail 'the pipe was no quiet end'

# ---- standard input
"$glyphlift" read - <"$page" >out 2>err
expect cmp -s out results.txt
cat "$page" | "$glyphlift" read -f json "$page" - >out 2>err
expect_json 2 0
[ "$(tail -n 1 files)" = - ] || fail 'standard input is not called -'
run read - # empty
expect_status 1
expect_err_lines 1

# ---- input order, with any number of threads
# The rows of tables have their own header; a page without a table has no rows.
run read --csv tables "$page"
expect_status 0
[ "$(cat out)" = file,page,table,row,cells ] || fail "not the header of a page without tables"
run read --csv tables -f tsv "$page"
[ "$(cat out)" = "$(printf 'file\tpage\ttable\trow\tcells')" ] || fail "no tabs with -f tsv"
run read --csv pages "$page"
expect_status 2
expect_err '^glyphlift: read: --csv takes tables or numbers, not .pages.'
run classify --csv tables "$page"
expect_status 2
expect_err "unknown, ambiguous or misused option '--csv'"

for format in text csv tsv json; do
  run read -j 1 -f $format "${inputs[@]}" "${inputs[@]}"
  expect_status 1
  expect_err_lines 2
  sed 's/,"timing_ms":{[^}]*}//' out >one
  for threads in 2 4 256; do
    run read -j $threads -f $format "${inputs[@]}" "${inputs[@]}"
    expect cmp -s one <(sed 's/,"timing_ms":{[^}]*}//' out)
  done
done
expect_json 10 2
expect cmp -s <(printf '%s\n' "${inputs[@]}" "${inputs[@]}") files
run read -f text "${inputs[@]}"
[ "$(tr -dc '\f' <out | wc -c)" -eq 5 ] || fail 'pages are not apart by a form feed'

# ---- the same in a locale with a decimal comma
mkdir locales
if localedef -i de_DE -f UTF-8 locales/de_DE.UTF-8 >/dev/null 2>&1; then
  run read -f json --min-confidence 0.5 "$page"
  expect_json 1 0
  sed 's/,"timing_ms":{[^}]*}//' out >plain
  LC_ALL=de_DE.UTF-8 LOCPATH=$work/locales "$glyphlift" read -f json --min-confidence 0.5 "$page" >out 2>err
  expect_json 1 0
  expect cmp -s plain <(sed 's/,"timing_ms":{[^}]*}//' out)
  run read -f csv "$page"
  cp out plain
  LC_ALL=de_DE.UTF-8 LOCPATH=$work/locales "$glyphlift" read -f csv "$page" >out 2>err
  expect cmp -s plain out
else
  echo 'SKIPPED: the locale; no localedef, or no definition of de_DE'
fi

finish
