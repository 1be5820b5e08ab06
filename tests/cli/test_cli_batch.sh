#!/bin/bash
# glyphlift batch, merge and export as their users meet them: results equal to read's, files that change and go, lists,
# patterns, shards, and everything that may go wrong around them.
. "$(dirname "$0")/common.sh"
. "$GLYPHLIFT_SOURCE_DIR/tests/cli/batch_common.sh"
make_scans scans 3
count() { sqlite3 "$1" "SELECT count(*) FROM $2"; }
in_order=$(cd scans && printf '%s\n' 2023/* 2024.jpg 2024/*.* 2024/may/* text.png | sort)

# ---- a folder, and the same again
run batch scans -o results.db -j 2
expect_status 1
expect_no_out
expect_err '^results\.db: 14 pages of 10 files read in '
expect_err '^  3 failed \(3 format\): glyphlift export --what errors results\.db$'
expect_err '^  1 other file has no name that is asked for$'
dump results.db >calm
[ "$(sqlite3 results.db 'SELECT path FROM files ORDER BY file')" = "$in_order" ] || fail 'files are not in the order of their bytes'
run batch scans -o results.db
expect_status 1
expect_err '^results\.db: nothing is new$'
expect_err '^  12 files were as before and not read again$'
expect_same results.db calm
[ ! -e results.db-wal ] || fail 'a log is left'
run batch scans -o one.db -j 1 -q
expect_status 1
expect_quiet
expect_same one.db calm

# ---- the rows are read's
(cd scans && "$glyphlift" read -f csv $(grep -v ' ' <<<"$in_order") 2>/dev/null) >read.csv
run export results.db
expect_status 0
grep -v '^2023/page' out >export.csv
expect cmp -s read.csv export.csv
(cd scans && "$glyphlift" read -f json 2024.jpg 2024/scan.tif 2024/table.pgm 2>/dev/null) | grep -v '"error"' |
  sed 's/,"timing_ms".*/}/' >read.json
sqlite3 results.db "SELECT json FROM pages JOIN files USING (file) WHERE path IN ('2024.jpg', '2024/scan.tif', '2024/table.pgm')
  ORDER BY path, page" | sed 's/,"timing_ms".*/}/' >batch.json
expect cmp -s read.json batch.json
run export --what errors -f tsv results.db
[ "$(cut -f 1-3 out)" = "$(printf 'file\tpage\tcode\n2023/cut.jpg\t1\tformat\n2024/scan.tif\t3\tformat\ntext.png\t1\tformat')" ] ||
  fail 'other errors expected'
grep -q "scans/" out && fail 'an error names the folder'

# ---- export's filters
run export --what glyphs -f json --file 'scan.tif' results.db
expect_status 0
expect_out '^\{"file":"2024/scan\.tif","page":1,"line":1,"number":1,"x":[0-9]+,.*"text":"[0-9]","confidence":[01]\.[0-9]{4},"second":'
[ "$(wc -l <out)" = "$(sqlite3 results.db "SELECT count(*) FROM glyphs JOIN files USING (file) WHERE path = '2024/scan.tif'")" ] ||
  fail 'not the glyphs of that file'
printf 'CREATE TABLE t (line);\n.mode ascii\n.separator "\037" "\\n"\n.import out t\nSELECT min(json_valid(line)) FROM t;\n' |
  sqlite3 | grep -qx 1 || fail 'no JSON'
run export --min-confidence 0.99 results.db
awk -F, 'NR > 1 && $9 < 0.99 { bad = 1 } END { exit bad || NR < 2 }' out || fail 'rows below the least confidence'
run export --max-confidence 0.5 --run 999 results.db
[ "$(wc -l <out)" -eq 1 ] || fail 'rows of a run that was not'
run export --run last results.db
[ "$(wc -l <out)" -eq 1 ] || fail 'the last run read nothing'
run export --what cells results.db
expect_out '^2024/table\.pgm,1,1,1,2,1,1,'
run export --file '2023/*' -o rows.csv results.db
expect_no_out
grep -v -e '^file,' -e '^2023/' rows.csv && fail 'rows of other files'
run export results.db --what everything
expect_status 2
run export missing.db
expect_status 3
expect_err '^glyphlift: missing\.db: the database cannot be opened: there is no such file or folder$'
[ ! -e missing.db ] || fail 'export has made a database'
run export scans/notes.txt
expect_status 3
expect_err '^glyphlift: scans/notes\.txt: is not a results database$'
sqlite3 other.db 'CREATE TABLE t (a)'
run export other.db
expect_err '^glyphlift: other\.db: is a database, but not one of '
run batch scans -o other.db
expect_status 3
expect_err '^glyphlift: other\.db: is a database, but not one of '
[ "$(sqlite3 other.db .tables)" = t ] || fail "another program's database was written to"

# ---- what changes, and what does not
touch -d '2001-01-01' scans/2024/1.png                       # another time
cp "$pages/numbers.jpg" scans/2024/2.png                     # another content
rm scans/2024/3.png                                          # gone
cp "$pages/single.png" scans/2025.png                        # new
run batch scans -o results.db
expect_status 1
expect_err '^results\.db: 2 pages of 2 files read in '
expect_err '^  10 files were as before and not read again$'
expect_err '^  1 file of the database is not there any more$'
[ "$(sqlite3 results.db 'SELECT path FROM files WHERE missing')" = 2024/3.png ] || fail 'the missing file is not marked'
[ "$(sqlite3 results.db "SELECT count(*) FROM numbers JOIN files USING (file) WHERE path = '2024/3.png'")" -gt 0 ] ||
  fail 'results of the missing file are gone'
run batch scans -o results.db --forget -q
run batch scans -o fresh.db -q
dump fresh.db >changed
expect_same results.db changed
run batch scans -o results.db --min-confidence 0.99
expect_err '^  12 of them were read by another model or version, or with other settings: --redo$'
expect_same results.db changed
run batch scans -o results.db --min-confidence 0.99 --redo
expect_err '^results\.db: 14 pages of 10 files read in '
rm fresh.db
run batch scans -o fresh.db -q --min-confidence 0.99
dump fresh.db >unsure
expect_same results.db unsure
chmod 000 scans/2025.png
if [ "$(id -u)" -ne 0 ]; then
  touch scans/2025.png
  run batch scans -o results.db --min-confidence 0.99
  expect_err ' failed \(1 io\)'
  chmod 644 scans/2025.png
  run batch scans -o results.db --min-confidence 0.99
  expect_same results.db unsure
fi
chmod 644 scans/2025.png

# ---- patterns, lists, names of any bytes
run batch scans -o part.db --glob '*.tif' --glob '2023/page*'
expect_status 1
[ "$(count part.db files)" -eq 4 ] || fail 'not the files of the patterns'
bad=$'bad \xff\nname.png'
cp "$pages/single.png" "$bad"
printf '%s\0' "./$bad" scans/2024.jpg | "$glyphlift" batch --list - --null -o list.db -q 2>err
status=$? ran='batch --list - --null'
expect_status 0
[ "$(sqlite3 list.db "SELECT count(*) FROM files WHERE hex(path) = upper('$(printf '%s' "$bad" | od -An -tx1 | tr -d ' \n')')")" -eq 1 ] ||
  fail 'the path is not in the database as it is'
run export list.db -f tsv
expect_out $'^bad \xef\xbf\xbd\\\\nname\\.png\t1\t1\t'
find scans -name '*.jpg' >names
run batch --list names -o names.db -q
[ "$(count names.db files)" = "$(wc -l <names)" ] || fail 'not the files of the list'
head -n 3 names >>names # some of them twice
run batch --list names -o twice.db
expect_status 1
dump names.db >once
expect_same twice.db once
mkfifo fifo
printf '%s\n' fifo scans missing.jpg >names
run batch --list names -o names.db
expect_status 1
expect_err ' failed \(3 io\)'
run batch . -o ./inside.db --glob '*.db' -q
[ "$(sqlite3 inside.db "SELECT count(*) FROM files WHERE path LIKE 'inside.db%'")" -eq 0 ] || fail 'the database read itself'

# ---- shapes, and what reads them
draw_flow() { # two boxes, and an arrow from one to the other
  awk 'BEGIN {
    print "P2\n600 300\n255"
    for (y = 0; y < 300; y++)
      for (x = 0; x < 600; x++) {
        px = x < 300 ? x : x - 330
        box = px >= 50 && px < 220 && y >= 80 && y < 220 && (px < 54 || px >= 216 || y < 84 || y >= 216)
        shaft = x >= 219 && x < 381 && y >= 148 && y < 152
        head = x >= 360 && x < 381 && ((y - 150 - (381 - x) * 0.7) ^ 2 < 6 || (y - 150 + (381 - x) * 0.7) ^ 2 < 6)
        print box || shaft || head ? 30 : 230
      }
  }'
}
mkdir charts && draw_flow >charts/flow.pgm
run batch charts -o charts.db -q
run batch charts -o charts.db --shapes
expect_err '^charts\.db: nothing is new$'
expect_err '^  1 of them was read by another model or version, or with other settings: --redo$'
run batch charts -o charts.db --shapes --redo
expect_err '^charts\.db: 1 page of 1 file read in [0-9.]+ s: 2 shapes, 1 connector, 0 digits in 0 numbers'
[ "$(sqlite3 charts.db 'SELECT model FROM runs WHERE run = 3' | sed -E 's/-[0-9a-f]{8}/-X/g')" = 'digits-X shapes-X' ] ||
  fail 'the models are not named'
run export --what connectors charts.db
[ "$(cat out)" = "$(printf 'file,page,connector,from,to,arrow\nflow.pgm,1,1,1,2,end')" ] || fail 'another connector expected'
# An older shapes model: its results are redone, as are those of an older digits model.
for model in digits shapes; do
  run batch charts -o charts.db --shapes --redo
  expect_err '^charts\.db: nothing is new$'
  sqlite3 charts.db "UPDATE runs SET model = replace(model, '$model-', '$model-0')"
  run batch charts -o charts.db --shapes
  expect_err '^  1 of them was read by another model'
  run batch charts -o charts.db --shapes --redo
  expect_err '^charts\.db: 1 page of 1 file read in '
done
run batch charts -o charts.db --shapes --tidy
expect_err '^  1 of them was read by another model or version, or with other settings: --redo$'

# ---- shards
shards=()
for k in 0 1 2; do
  run batch scans -o shard-$k.db --shard $k/3 -q --min-confidence 0.99
  shards+=(shard-$k.db)
done
[ "$(count shard-0.db files)" -lt 12 ] || fail 'one shard has all the files'
run merge "${shards[@]}" -o all.db
expect_status 0
expect_quiet
expect_same all.db unsure
run merge "${shards[@]}" -o all.db
expect_status 2
expect_err '^glyphlift: all\.db: is there already'
run merge all.db "${shards[@]}" -o all.db
expect_status 0
expect_same all.db unsure
cp shard-1.db killed.db
sqlite3 killed.db "UPDATE runs SET state = 'running'"
run merge shard-0.db killed.db shard-2.db -o two.db
expect_status 0
expect_err '^glyphlift: killed\.db: its last run did not come to its end'
rm two.db
run merge shard-0.db shard-2.db -o two.db
expect_err '^glyphlift: two\.db: 1 shards are not among the databases: 1/3$'
run merge shard-0.db missing.db -o none.db
expect_status 3
expect_err '^glyphlift: missing\.db: the database cannot be opened'
[ ! -e none.db ] && [ -z "$(find . -name '.glyphlift*')" ] || fail 'merge left something'
run batch scans -o shard-0.db --shard 1/3
expect_status 2
expect_err '^glyphlift: shard-0\.db: holds shard 0/3, and this run would be shard 1/3'
run batch scans -o all.db --min-confidence 0.99
expect_err '^all\.db: nothing is new$'
cp -r scans elsewhere && cp "$pages/tilted.jpg" elsewhere/2025.png
run batch elsewhere -o all.db
expect_status 2
expect_err '^glyphlift: all\.db: holds the results of .*/scans, not of .*/elsewhere'
run batch elsewhere -o elsewhere.db -q
run merge all.db elsewhere.db -o both.db
expect_status 2
expect_err "^glyphlift: elsewhere\.db: its file '2025\.png' has another content"
run batch elsewhere -o all.db --moved -q --min-confidence 0.99
expect_status 1

# in_array ID COUNT MIN MAX STEP ARGUMENTS...: as a task of a Slurm array.
in_array() {
  export SLURM_ARRAY_TASK_ID=$1 SLURM_ARRAY_TASK_COUNT=$2 SLURM_ARRAY_TASK_MIN=$3 SLURM_ARRAY_TASK_MAX=$4
  export SLURM_ARRAY_TASK_STEP=$5
  shift 5
  run batch scans "$@"
  unset SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT SLURM_ARRAY_TASK_MIN SLURM_ARRAY_TASK_MAX SLURM_ARRAY_TASK_STEP
}
shard_of() { sqlite3 "$1" 'SELECT shard FROM runs ORDER BY run DESC LIMIT 1'; }
in_array 7 3 3 7 2 -o slurm.db
expect_err '^glyphlift: shard 2 of 3, by SLURM_ARRAY_TASK_ID$'
[ "$(shard_of slurm.db)" = 2/3 ] || fail 'not the shard of the array'
in_array 7 1 7 7 1 -o slurm.db
expect_status 2
in_array 7 3 0 7 1 -o slurm.db
expect_status 2
expect_err 'this Slurm array have gaps'
in_array 2 1 2 2 1 -o slurm.db --shards 3 -q
expect_status 1
in_array 1 2 0 1 1 -o every.db --shard none -q
[ -z "$(shard_of every.db)" ] || fail '--shard none is one'
JOB_COMPLETION_INDEX=1 run batch scans -o pod.db --shards 2 -q
[ "$(shard_of pod.db)" = 1/2 ] || fail 'not the shard of the indexed job'
JOB_COMPLETION_INDEX=2 run batch scans -o pod2.db --shards 2
expect_status 2
run batch scans -o pod2.db --shards 2
expect_status 2
[ ! -e pod2.db ] || fail 'a database was made all the same'

# ---- wrong use
for arguments in '' 'scans' 'scans elsewhere -o x.db' '-o x.db' 'scans --list names -o x.db' 'scans -o -' 'scans -o x.db --null' \
  'scans -o x.db --shard 3/3' 'scans -o x.db --shard 1' 'scans -o x.db -j 0' 'scans -o x.db --overlay y' 'scans -o x.db -f csv'; do
  run batch $arguments
  expect_status 2
  expect_err_lines 1
done
[ ! -e x.db ] || fail 'wrong use has made a database'
run merge a.db
expect_status 2

# ---- the environment
run batch missing -o x.db
expect_status 3
expect_err '^glyphlift: missing: the folder cannot be opened: there is no such file or folder$'
run batch scans/text.png -o x.db
expect_status 3
expect_err '^glyphlift: scans/text\.png: is a file, and a folder is expected; files go into a list$'
mkdir empty
run batch empty -o empty.db
expect_status 0
expect_err '^empty\.db: there is no file to read$'
run batch scans -o no/such.db
expect_status 3
expect_err '^glyphlift: no/such\.db: the database cannot be opened: there is no such file or folder$'
run batch scans -o x.db --model scans/notes.txt
expect_status 3
[ ! -e x.db ] || fail 'a database was made for a model that is none'

cp results.db locked.db
mkfifo hold
sqlite3 locked.db >/dev/null <hold &
exec 8>hold
echo 'BEGIN EXCLUSIVE; SELECT 1;' >&8
sleep 0.5
run batch scans -o locked.db
expect_status 3
expect_err '^glyphlift: locked\.db: the database is locked: another program has it in use$'
exec 8>&-
wait
expect_same locked.db unsure

mkdir closed && cp results.db closed/
chmod 555 closed && chmod 444 closed/results.db
as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
[ "$(id -u)" -eq 0 ] || as_nobody=()
if "${as_nobody[@]}" "$glyphlift" --version >out 2>err; then
  "${as_nobody[@]}" "$glyphlift" batch scans -o closed/new.db >out 2>err
  status=$? ran='batch into a folder that is closed'
  expect_status 3
  expect_err '^glyphlift: closed/new\.db: the database cannot be opened: permission denied$'
  "${as_nobody[@]}" "$glyphlift" batch scans -o closed/results.db >out 2>err
  status=$? ran='batch into a database that is read-only'
  expect_status 3
  expect_err '^glyphlift: closed/results\.db: cannot be written: the file or its folder is read-only$'
  "${as_nobody[@]}" "$glyphlift" export closed/results.db >rows 2>err || fail 'a read-only database is not exported'
  run export results.db
  expect cmp -s out rows
fi
expect_same closed/results.db unsure

# A full disk, by a limit on the size of files, and by a small file system where one may be mounted. Afterwards it goes on.
full() {
  status=$? ran="batch, $1"
  expect_status 3
  expect_err "^glyphlift: .*: cannot be written: $2\$"
  expect_err '^glyphlift: what was read before that is in '
}
(ulimit -f 120; exec "$glyphlift" batch scans -o full.db -j 2 --min-confidence 0.99) >out 2>err
full 'with a limit of 120 KiB a file' 'the disk reports an error, or a limit on the size of files is reached'
run batch scans -o full.db -q --min-confidence 0.99
expect_same full.db unsure
mkdir small
if mount -t tmpfs -o size=150k none small 2>/dev/null; then
  "$glyphlift" batch scans -o small/full.db -j 2 --min-confidence 0.99 >out 2>err
  full 'on a full disk' 'no space left on the disk'
  cp small/full.db* . && umount small
  run batch scans -o full.db -q --min-confidence 0.99
  expect_same full.db unsure
else
  echo 'SKIPPED: the full disk; no file system may be mounted here'
fi

# The folder goes while it is read; the results so far stay, and no file counts as failed.
cp -r scans going
for i in $(seq 60); do cp "$pages/shadow.jpg" "going/2024/x$i.jpg"; done
"$glyphlift" batch going -o going.db -j 1 >out 2>err &
pid=$!
for _ in $(seq 1000); do # until the first pages are written
  [ "$(stat -c %s going.db-wal 2>/dev/null || echo 0)" -gt 150000 ] && break
  sleep 0.02
done
mv going gone
wait $pid
status=$? ran='batch while its folder goes away'
expect_status 3
expect_err '^glyphlift: going: the folder is gone: it was removed, renamed or unmounted$'
[ "$(sqlite3 going.db "SELECT count(*) FROM errors WHERE code = 'io'")" -eq 0 ] || fail 'its files count as failed'
mv gone going
run batch going -o going.db -q
run batch going -o going2.db -q
dump going2.db >going.calm
expect_same going.db going.calm

# Ctrl-C: pages in hand are finished, and the same command goes on.
for signal in INT TERM; do
  rm -f stopped.db
  "$glyphlift" batch going -o stopped.db -j 1 >out 2>err &
  pid=$!
  for _ in $(seq 200); do [ -s stopped.db-wal ] && break; sleep 0.02; done
  kill -$signal $pid
  wait $pid
  status=$? ran="batch, then SIG$signal"
  expect_status $((128 + $(kill -l $signal)))
  expect_err '^glyphlift: stopped; the pages read so far are in stopped\.db, and the same command goes on$'
  [ "$(sqlite3 stopped.db 'SELECT state FROM runs')" = interrupted ] || fail 'the run is not marked'
  expect_whole stopped.db
  run batch going -o stopped.db -q
  expect_same stopped.db going.calm
done
finish
