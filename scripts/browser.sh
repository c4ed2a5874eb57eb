#!/usr/bin/env bash
# Opens pages of reports in headless Chromium, and uses them as people do. Exits with 1 if that
# fails. Screenshots lie in target/browser/screenshots, the pages in target/browser/pages.
# Usage: scripts/browser.sh
#
# The zoo is swept for it, whose report has every kind of finding. It needs Node.js 20, npm the
# first time, and Chromium: Debian's package, Chrome, or the program that CHROMIUM names.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
tests=$root/tests/browser
out=$root/target/browser

fail() {
    echo "browser.sh: $*" >&2
    exit 2
}

command -v node >/dev/null || fail "there is no node here; install Node.js 20 or later"
export CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}
[[ -x $CHROMIUM ]] || fail "there is no Chromium here; install Debian's package chromium"
if [[ ! -d $tests/node_modules/playwright-core ]]; then
    command -v npm >/dev/null || fail "there is no npm here to fetch playwright-core with"
    (cd "$tests" && npm ci --ignore-scripts --no-audit --no-fund)
fi

rm -rf "$out"
mkdir -p "$out/pages"
cd "$root"
# One thread: two sweeps of a name would be numbered as they come.
OOM_SWEEP_REPORT_DIR=$out/zoo cargo test --quiet --all-features --test zoo -- --test-threads=1 broken repaired
OOM_SWEEP_REPORT_DIR=$out/many cargo run --quiet --all-features --example report_pages -- "$out/pages" "$out/zoo"
node "$tests/browser.mjs" "$out/pages" "$out/screenshots"
