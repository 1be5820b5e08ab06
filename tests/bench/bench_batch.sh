#!/bin/bash
# What glyphlift batch costs, on drawn pages (JPEG, PNG, TIFF, PDF where it can be read, and 2 % damaged):
#
#   tests/bench/bench_batch.sh [PAGES [BUILD_FOLDER]]      (2000 pages, build/)
#
# - one run with two workers beside two processes with one worker each, on halves of the folder, in turns;
# - one worker beside glyphlift read -j 1 on the same files;
# - the largest memory of the run with two workers.
# Processor time is what other work on the machine disturbs least; the clock needs two free cores.
set -euo pipefail
export LC_ALL=C
count=${1:-2000}
build=$(realpath "${2:-$(dirname "$0")/../../build}")
glyphlift=$build/glyphlift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
drawn=$((count < 48 ? count : 48))

# make_pdf PICTURE.jpg WIDTH HEIGHT: a PDF of one page that holds the JPEG as it is.
make_pdf() {
  local size content="q $2 0 0 $3 0 0 cm /I Do Q" file=${1%.jpg}.pdf offsets=()
  size=$(stat -c %s "$1")
  object() { offsets+=("$(stat -c %s "$file")"); printf '%s 0 obj\n' ${#offsets[@]} >>"$file"; }
  printf '%%PDF-1.4\n' >"$file"
  object; printf '<</Type/Catalog/Pages 2 0 R>>\nendobj\n' >>"$file"
  object; printf '<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n' >>"$file"
  object
  printf '<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R>>\nendobj\n' \
    "$2" "$3" >>"$file"
  object
  printf '<</Type/XObject/Subtype/Image/Width %s/Height %s/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length %s>>\nstream\n' \
    "$2" "$3" "$size" >>"$file"
  cat "$1" >>"$file"
  printf '\nendstream\nendobj\n' >>"$file"
  object; printf '<</Length %s>>\nstream\n%s\nendstream\nendobj\n' ${#content} "$content" >>"$file"
  size=$(stat -c %s "$file")
  { printf 'xref\n0 6\n0000000000 65535 f \n'; printf '%010d 00000 n \n' "${offsets[@]}"
    printf 'trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%s\n%%%%EOF\n' "$size"; } >>"$file"
}

echo "drawing $drawn pages, $count files ..."
mkdir drawn pages
for i in $(seq "$drawn"); do
  case $((i % 8)) in
    0 | 1 | 2) "$build/glyphlift-draw-page" -s "$i" -d 0.3 "drawn/$i.jpg" >/dev/null ;;
    3 | 4 | 5) "$build/glyphlift-draw-page" -s "$i" -d 0.3 "drawn/$i.png" >/dev/null ;;
    6)
      "$build/glyphlift-draw-page" -s "$i" "$work/$i.jpg" >/dev/null
      "$build/make_tiff" "drawn/$i.tif" "$work/$i.jpg"
      ;;
    *)
      wide=$("$build/glyphlift-draw-page" -s "$i" "drawn/$i.jpg" | cut -f 4)
      make_pdf "drawn/$i.jpg" "${wide%x*}" "${wide#*x}"
      if "$glyphlift" read "drawn/$i.pdf" >/dev/null 2>&1; then rm "drawn/$i.jpg"; else rm "drawn/$i.pdf"; fi
      ;;
  esac
done
files=(drawn/*)
for i in $(seq 0 $((count - 1))); do
  file=${files[i % ${#files[@]}]}
  folder=pages/$((i / 100))
  mkdir -p "$folder"
  if [ $((i % 50)) -eq 49 ]; then
    head -c $(($(stat -c %s "$file") / 2)) "$file" >"$folder/$i.${file##*.}"
  else
    cp "$file" "$folder/$i.${file##*.}"
  fi
done
ls drawn | sed 's/.*\.//' | sort | uniq -c | tr '\n' ' '
echo

# best FILE: of lines "wall processor memory", the least wall, the least processor time and the largest memory.
best() {
  awk '{ if (NR == 1 || $1 < w) w = $1; if (NR == 1 || $2 < p) p = $2; if ($3 > m) m = $3 } END { print w, p, m }' "$1"
}
run_in_turns() {
  for _ in 1 2 3; do
    rm -f ./*.db*
    "$build/measure" "$glyphlift batch pages -o two.db -j 2 -q" >>two
    rm -f ./*.db*
    "$build/measure" "$glyphlift batch pages -o a.db -j 1 -q --shard 0/2" "$glyphlift batch pages -o b.db -j 1 -q --shard 1/2" >>halves
    rm -f ./*.db*
    "$build/measure" "$glyphlift batch pages -o one.db -j 1 -q" >>one
    find pages -type f -print0 | sort -z >names
    "$build/measure" "xargs -0 -a names $glyphlift read -f json -j 1 -o read.json 2>/dev/null" >>read || true
  done
}
run_in_turns
echo "$(best two) $(best halves) $(best one) $(best read)" | awk -v n="$count" '{
  printf "two workers:            %6.1f pages/s, %5.2f ms of processor time a page, %.0f MiB at most\n", n / $1, 1000 * $2 / n, $3
  printf "two processes:          %6.1f pages/s, %5.2f ms of processor time a page\n", n / $4, 1000 * $5 / n
  printf "  their ratio:          %6.3f by the clock, %.3f by processor time\n", $4 / $1, $5 / $2
  printf "one worker:             %6.1f pages/s, %5.2f ms of processor time a page\n", n / $7, 1000 * $8 / n
  printf "glyphlift read -j 1:    %6.1f pages/s, %5.2f ms of processor time a page\n", n / $10, 1000 * $11 / n
  printf "  their ratio:          %6.3f by the clock, %.3f by processor time\n", $10 / $7, $11 / $8 }'
