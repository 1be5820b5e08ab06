# A help text as a man page: "Usage:" becomes the synopsis, the examples, options and paragraphs follow as they stand.
# Variables: page (its name), version, others (pages to see).
function escape(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  if (text ~ /^[.']/) text = "\\&" text
  return text
}
# Options bold, their values italic.
function term(text,   parts, n, i, out) {
  n = split(text, parts, " ")
  for (i = 1; i <= n; i++)
    out = out (i > 1 ? " " : "") (parts[i] ~ /^-/ ? "\\fB" : "\\fI") escape(parts[i]) "\\fR"
  return out
}
function section(title) {
  if (current != title) print ".SH " title
  current = title
}
function first_sentence(text) {
  sub(/:$/, "", text)
  if (match(text, /[^.]\. /)) text = substr(text, 1, RSTART)
  sub(/\.$/, "", text)
  return text
}
{ lines[++count] = $0 }
END {
  print ".TH " toupper(page) " 1 \"\" \"" version "\" \"User Commands\""
  i = 1
  while (i <= count && (lines[i] ~ /^Usage: / || lines[i] ~ /^ +glyphlift/)) usage[++usages] = lines[i++]
  while (i <= count && lines[i] == "") i++
  for (k = i; k <= count && lines[k] != ""; k++) purpose = purpose (purpose ? " " : "") lines[k]
  section("NAME")
  print escape(page) " \\- " escape(first_sentence(purpose))
  section("SYNOPSIS")
  for (k = 1; k <= usages; k++) {
    sub(/^(Usage:)? +/, "", usage[k])
    if (k > 1) print ".br"
    print escape(usage[k])
  }
  section("DESCRIPTION")
  column = 26
  fresh = 0
  for (; i <= count; i++) {
    line = lines[i]
    if (line == "") {
      if (in_example) print ".fi\n.RE"
      in_example = in_option = 0
      fresh = 1
    } else if (line ~ /^ +--?[a-zA-Z0-9]/) {
      if (current != "OPTIONS" && current != "SUB") section("OPTIONS")
      text = line
      sub(/^ +/, "", text)
      if (match(text, /   *[^ ]/)) {
        column = length(line) - length(text) + RSTART + RLENGTH - 2
        head = substr(text, 1, RSTART - 1)
      } else if (length(line) > column && substr(line, column, 1) == " ") {
        head = substr(text, 1, column - (length(line) - length(text)))
      } else {
        head = text
      }
      rest = substr(text, length(head) + 1)
      sub(/ +$/, "", head)
      sub(/^ +/, "", rest)
      print ".TP\n" term(head)
      if (rest != "") print escape(rest)
      in_option = 1
    } else if (in_option && substr(line, 1, 12) == "            ") {
      sub(/^ +/, "", line)
      print escape(line)
    } else if (line ~ /^ /) {
      if (!in_example) print (fresh ? ".PP\n" : "") ".RS 4\n.nf"
      fresh = 0
      in_example = 1
      sub(/^ +/, "", line)
      print escape(line)
    } else if (line ~ /^[A-Z][^.:]*:$/) {
      in_option = 0
      sub(/:$/, "", line)
      print ".SH " toupper(escape(line))
      current = "SUB"
      fresh = 0
    } else {
      if (line ~ /^Exit status: /) {
        section("EXIT STATUS")
        sub(/^Exit status: /, "", line)
        fresh = 0
      }
      if (fresh && !in_option) print ".PP"
      fresh = in_option = 0
      print escape(line)
    }
  }
  if (in_example) print ".fi\n.RE"
  if (others != "") {
    section("SEE ALSO")
    n = split(others, pages, " ")
    for (k = 1; k <= n; k++) print ".BR " escape(pages[k]) " (1)" (k < n ? "," : "")
  }
}
