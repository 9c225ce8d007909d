# Lines and toggles of a Verilator coverage file, less what coverage_exclusions.txt leaves out.
#   awk -v folder=rtl -v exclusions=rtl/coverage_exclusions.txt -v line_bar=95 -v toggle_bar=85 -f rtl/coverage.awk coverage.dat
# Prints what was not reached, then the shares; exit code 1 where one is below its bar.
#
# A line point is a block of statements (Verilator's v_line and v_branch), a toggle point a bit that changed both ways
# or not. Verilator counts a block at its end, so that one which leaves by break, continue or return counts nothing,
# reached or not: such blocks are no points here.
function source_line(file, number, at, text) {
  if (!(file in read)) {
    read[file] = 1
    at = 0
    while ((getline text < (folder "/" file)) > 0) source[file, ++at] = text
    close(folder "/" file)
  }
  return source[file, number]
}

# Whether the block that begins at a line ends in a jump: its last statement, or that of the line itself.
function leaves(file, lines, first, n, part, last) {
  n = split(lines, part, /[-,]/)
  last = n > 0 && part[n] != "" ? part[n] : first
  return source_line(file, last) ~ /(break|continue|return[^;]*);|END_AT/ || source_line(file, last + 1) ~ /^ *(break|continue);/
}

function excluded(kind, file, name, bit, i) {
  for (i = 1; i <= rules; i++) {
    if (kind != rule_kind[i] || file !~ "^(" rule_file[i] ")$" || name !~ "^(" rule_name[i] ")$") continue
    if (kind == "toggle" && (bit < rule_first[i] || bit > rule_last[i])) continue
    rule_used[i]++
    return 1
  }
  return 0
}

BEGIN {
  FS = "'"
  while ((getline text < exclusions) > 0) {
    if (text ~ /^ *(#|$)/) continue
    if (split(text, field, / +[|] +/) != 6) {
      printf "%s: found '%s', expected kind | file | name | first bit | last bit | reason\n", exclusions, text
      failed = 1
      continue
    }
    rule_kind[++rules] = field[1]
    rule_file[rules] = field[2]
    rule_name[rules] = field[3]
    rule_first[rules] = field[4] + 0
    rule_last[rules] = field[5] == "-" ? 1000000 : field[5] + 0
    rule_reason[rules] = field[6]
  }
}

/^C / {
  delete key
  parts = split($2, part, "\001")
  for (i = 2; i <= parts; i++) {
    split(part[i], pair, "\002")
    key[pair[1]] = pair[2]
  }
  kind = key["page"] ~ /^v_toggle/ ? "toggle" : "line"
  name = key["o"]
  bit = 0
  if (kind == "toggle") {
    if (match(name, /\[[0-9]+\]$/)) {
      bit = substr(name, RSTART + 1, RLENGTH - 2) + 0
      name = substr(name, 1, RSTART - 1)
    }
  } else {
    name = source_line(key["f"], key["l"])
  }
  split($3, count, " ")
  hit = count[1] > 0
  if (!hit && kind == "line" && leaves(key["f"], key["S"], key["l"])) next
  if (!hit && excluded(kind, key["f"], name, bit)) {
    left_out[kind]++
    next
  }
  total[kind]++
  reached[kind] += hit
  if (!hit) missing[key["f"] (kind == "line" ? ":" key["l"] " " key["o"] : " " key["o"])] = kind
}

END {
  for (m in missing) print "not reached: " m | "sort"
  close("sort")
  for (i = 1; i <= rules; i++) {
    if (!rule_used[i]) {
      printf "%s: '%s | %s' leaves nothing out\n", exclusions, rule_file[i], rule_name[i]
      failed = 1
    }
  }
  bar["line"] = line_bar
  bar["toggle"] = toggle_bar
  for (kind in bar) {
    share = total[kind] ? 100 * reached[kind] / total[kind] : 0
    printf "%s coverage of the RTL: %d of %d, %.1f %%, expected %d %%; %d left out with a reason\n", kind, reached[kind], total[kind], share, bar[kind], left_out[kind]
    if (share < bar[kind]) failed = 1
  }
  exit failed
}
