# The options that a help text tells of, one a line: short form, long form, value, description; apart by tabs.
function give() {
  if (long) print short "\t" long "\t" value "\t" text
  long = ""
}
/^ +--?[a-zA-Z0-9]/ {
  give()
  line = $0
  sub(/^ +/, "", line)
  short = ""
  if (match(line, /^-[a-zA-Z0-9], /)) {
    short = substr(line, 1, 2)
    line = substr(line, 5)
  }
  if (match(line, /^--[a-z][a-z-]*/)) {
    long = substr(line, 1, RLENGTH)
    line = substr(line, RLENGTH + 1)
  }
  value = ""
  if (match(line, /^ [A-Z][A-Za-z,\/|-]*/)) {
    value = substr(line, 2, RLENGTH - 1)
    sub(/,$/, "", value)
    line = substr(line, RLENGTH + 1)
  }
  sub(/^ +/, "", line)
  text = line
  next
}
substr($0, 1, 16) == "                " {
  line = $0
  sub(/^ +/, "", line)
  text = text (text ? " " : "") line
  next
}
{ give() }
END { give() }
