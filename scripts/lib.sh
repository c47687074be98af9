# What the scripts beside this file share. Sourced, never run; bash, under set -euo pipefail.
# A script that sources it sets `me` to its own name first.
# shellcheck shell=bash disable=SC2034,SC2154

target=aarch64-unknown-linux-gnu
prefix=${SAWMILL_A64_PREFIX:-/opt/sawmill-a64}

say() { echo "$me: $*" >&2; }

# die [-CODE] MESSAGE: a plain error; exit code 125, or CODE.
die() {
  local code=125
  if [[ $1 =~ ^-([0-9]+)$ ]]; then code=${BASH_REMATCH[1]}; shift; fi
  say "$*"
  exit "$code"
}

# usage: the head comment of the running script, as its help text.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

# Removes host names from a package manager's output: they belong to the machine, not into a log.
hide_hosts() {
  sed -uE -e 's#(https?|ftp)://[^/ ]+#\1://(mirror)#g' -e "s#(resolve|connect to|Connecting to) .*#\\1 (mirror)#"
}

# logged FILE COMMAND...: runs it with its output in FILE, host names removed; on failure shows the end of FILE.
logged() {
  local log=$1 code=0
  shift
  "$@" </dev/null 2>&1 | hide_hosts >"$log" || code=$?
  [ "$code" = 0 ] || tail -n 8 "$log" >&2
  return "$code"
}

as_root() {
  [ "$(id -u)" = 0 ] || die "needs root for: $*"
}

require_debian_amd64() {
  command -v dpkg >/dev/null || die "needs Debian 12 or a system like it (there is no dpkg)"
  [ "$(dpkg --print-architecture)" = amd64 ] ||
    die "cross building is for x86_64 hosts; on AArch64 itself use scripts/test"
}

# make_prefix: the folder for what is unpacked beside the system. Nothing outside it is written but by apt.
make_prefix() {
  mkdir -p "$prefix" 2>/dev/null && [ -w "$prefix" ] ||
    die "cannot write to $prefix (set SAWMILL_A64_PREFIX to a folder of yours)"
}

# packages NAME...: installs the Debian packages that are missing; the package lists are renewed only if they must be.
packages() {
  local p log missing=()
  for p; do
    dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || missing+=("$p")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  as_root apt-get install "${missing[@]}"
  say "installing ${missing[*]}"
  log=$(mktemp)
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300
    install -y --no-install-recommends "${missing[@]}")
  if ! logged "$log" "${install[@]}" 2>/dev/null; then
    logged "$log" apt-get -o DPkg::Lock::Timeout=300 update || die "apt-get update failed"
    logged "$log" "${install[@]}" || die "cannot install ${missing[*]}"
  fi
  rm -f "$log"
}

# private_apt FOLDER ARCHITECTURE...: an apt state of its own, with the machine's sources, for the given
# architectures (the first is the native one) and with nothing installed. Use it by APT_CONFIG=FOLDER/conf.
private_apt() {
  local folder=$1 list
  shift
  list=$(printf '"%s"; ' "$@")
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  : >"$folder/status"
  cat >"$folder/conf" <<CONF
Dir::State::lists "$folder/lists";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Sandbox::User "root";
APT::Architecture "$1";
APT::Architectures { $list};
CONF
  # One broken source of several is no failure here: what is wanted is looked up afterwards.
  APT_CONFIG=$folder/conf logged "$folder/update.log" apt-get update || true
}

# with_lock FILE COMMAND...: one at a time over all processes; the lock goes with the subshell.
with_lock() {
  local file=$1
  shift
  ( flock 9 && "$@" 9>&- ) 9>"$file"
}

# A test that cannot run here says so by a line "SKIP name: reason", which libtest may put after its own "test name ... ".
# Tests run with --show-output: what a test that passed has printed is kept, a skip above all. The lists of the names of
# those tests, which libtest adds, are left out here.
without_successes() {
  sed -u -E '/^successes:$/,/^(---- |failures:$|test result:)/ { /^(---- |failures:$|test result:)/!d }'
}

# skips FILE: those lines of a test run's output, without the word, each once.
skips() { sed -nE 's/^(test .* \.\.\. )?SKIP ([^ :][^:]*: .*[^ ]) *$/\2/p' "$1" | sort -u; }

# totals FILE: "PASSED FAILED", added up over the "test result:" lines of a test run's output.
totals() {
  sed -nE 's/^test result: .* ([0-9]+) passed; ([0-9]+) failed; .*/\1 \2/p' "$1" |
    awk '{ passed += $1; failed += $2 } END { print passed + 0, failed + 0 }'
}
