#!/usr/bin/env bash
# Makes two small studies, their reports, and opens these in headless Chromium. Pictures go to target/browser.
#   bash tests/browser/run.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/../.."
program=${1:-target/debug/trihelix}
here=tests/browser
out=target/browser
rm -rf "$out"
mkdir -p "$out"
[ -d "$here/node_modules" ] || npm ci --prefix "$here" --no-audit --no-fund --ignore-scripts >/dev/null

"$program" compare scenarios/studies/small.toml "$here/dense.toml" "$here/turnover.toml" --replicates 6 --months 36 \
    --switch finance.hurdle=0.8..1.6 --out "$out/compare" --quiet
"$program" sweep "$here/futures.toml" --store "$out/store" --out "$out/sweep" --quiet
"$program" run scenarios/studies/small.toml --months 60 --out "$out/run" --quiet
for study in compare sweep; do
    "$program" report "$out/$study" --run "$out/run" --quiet
    "$program" report lint "$out/$study/report.html" --run "$out/run"
    node "$here/report.mjs" "$out/$study" "$out/pictures-$study" "$study"
done
