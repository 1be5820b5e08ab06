#!/bin/bash
# Files of several pages on the command line: every page, ranges of them, their places in each output, and failures.
. "$(dirname "$0")/common.sh"
heavy='glyphlift_(tiff|pdf|heif)|libtiff|libpoppler|libheif'

if [ ! -e "$build/glyphlift_pdf.so" ]; then
  echo 'SKIPPED: the pdf module is not built'
  exit 77
fi

# make_pdf FILE PICTURE:WIDTH:HEIGHT...: a page for each gray or colour JPEG. Without a table of objects, which poppler
# makes up.
make_pdf() {
  local file=$1 number=10 page kids= picture width height size channels
  shift
  printf '%%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n' >"$file"
  for page; do
    IFS=: read -r picture width height channels <<<"$page"
    size=$(stat -c %s "$pages/$picture")
    {
      printf '%d 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R ' $number "$width" "$height" \
        $((number + 1))
      printf '/Resources << /XObject << /I %d 0 R >> >> >>\nendobj\n' $((number + 2))
      printf '%d 0 obj\n<< /Length 64 >>\nstream\n%-63s\nendstream\nendobj\n' $((number + 1)) \
        "q $width 0 0 $height 0 0 cm /I Do Q"
      printf '%d 0 obj\n<< /Type /XObject /Subtype /Image /Width %d /Height %d ' $((number + 2)) "$width" "$height"
      printf '/ColorSpace /%s /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n' "$channels" "$size"
      cat "$pages/$picture"
      printf '\nendstream\nendobj\n'
    } >>"$file"
    kids+=" $number 0 R"
    number=$((number + 3))
  done
  printf '2 0 obj\n<< /Type /Pages /Count %d /Kids [%s ] >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%%%EOF\n' $# "$kids" \
    >>"$file"
}

make_pdf doc.pdf numbers.jpg:1200:900:DeviceRGB small.jpg:460:300:DeviceRGB tilted.jpg:1000:700:DeviceRGB
for page in numbers small tilted; do
  "$glyphlift" read "$pages/$page.jpg" >$page.text || fail "$page.jpg cannot be read"
done

# same_text PAGE...: the output is these pages' text, apart by form feeds.
same_text() {
  local page before=
  for page; do
    printf "$before"
    cat "$page.text"
    before='\f'
  done >expected
  cmp -s expected out || fail "not the text of $*"
}

run read doc.pdf
expect_status 0
expect_quiet
same_text numbers small tilted
for range in 1=numbers 3=tilted 2-3='small tilted' 2-='small tilted' -2='numbers small' 3,1='tilted numbers' -1,3-='numbers tilted'; do
  run read "doc.pdf:${range%%=*}"
  expect_status 0
  same_text ${range#*=}
done
run read -j 4 doc.pdf:3 "$pages/small.jpg" doc.pdf:1
expect_status 0
same_text tilted small numbers
ran='glyphlift read - <doc.pdf'
"$glyphlift" read - <doc.pdf >out 2>err
status=$?
expect_status 0
same_text numbers small tilted

# A file that is really called so.
cp doc.pdf doc.pdf:2
run read doc.pdf:2
same_text numbers small tilted
run read doc.pdf:2:2
same_text small
rm doc.pdf:2

# Pages in the other outputs.
run read -f json doc.pdf
expect_status 0
for page in 1 2 3; do expect_out "\"file\":\"doc\.pdf\",\"page\":$page,"; done
expect_out '"page":2,"width":460,"height":300,'
run read -f csv doc.pdf:2-
expect_out '^doc\.pdf,2,1,'
expect_out '^doc\.pdf,3,1,'
run read --overlay seen -o /dev/null doc.pdf "$pages/small.jpg"
expect_status 0
for page in doc.page-1 doc.page-2 doc.page-3 small; do expect_png seen/$page.overlay.png; done
expect test "$(ls seen | wc -l)" = 4
run read --overlay one.png -o /dev/null doc.pdf:2
expect_png one.page-2.png
run read --dump-stages stages -o /dev/null doc.pdf:2,3
expect test -e stages/doc.pdf:2-01-gray.png
expect test -e stages/doc.pdf:3-01-gray.png
run classify -f csv doc.pdf
expect_status 0
expect_out '^doc\.pdf,3,'

# What is not there.
run read -f json doc.pdf:2-9
expect_status 1
expect_err_lines 1
expect_err '^glyphlift: doc\.pdf: there is no page 4, the file has 3$'
expect_out '"page":3,"width"'
expect_out '"page":4,"error":\{"code":"argument"'
run read doc.pdf:7
expect_status 1
expect_err 'there is no page 7, the file has 3'
run read nothing.pdf:7
expect_status 1
expect_err '^glyphlift: nothing\.pdf: cannot be opened: there is no such file or folder$'
for wrong in 0 3-2 1,0 1,,2 1, - 1-2-3 2000000000; do
  run read "doc.pdf:$wrong"
  case $wrong in -) expect_status 0 ;; *) expect_status 2; expect_err_lines 1; expect_no_out ;; esac
done
head -c 300 doc.pdf >cut.pdf
run read -f json cut.pdf doc.pdf:2
expect_status 1
expect_err_lines 1
expect_err '^glyphlift: cut\.pdf: the PDF cannot be read: '
expect_out '"file":"doc\.pdf","page":2,"width"'

# Other pictures load none of it.
LD_DEBUG=files LD_DEBUG_OUTPUT=linker "$glyphlift" read "$pages/numbers.jpg" >out 2>err
cat linker* | grep -qE "$heavy" && fail 'a module was loaded for a JPEG'
rm -f linker*
LD_DEBUG=files LD_DEBUG_OUTPUT=linker "$glyphlift" read doc.pdf:2 >out 2>err
expect grep -qE libpoppler linker*

finish
