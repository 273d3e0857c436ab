#!/usr/bin/env bash
# How many instructions a fixed run takes, as valgrind counts them: more than 3 % above what is pinned fails. A change that
# costs more says so in the changelog under Unreleased, Performance, and pins the new number with --bless.
#
#   tests/instructions/run.sh PROGRAM [--bless]        needs valgrind; a test build counts as good as a release
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "$1"); bless=${2:-}
command -v valgrind >/dev/null || { echo "NOT RUN: valgrind is not installed"; exit 0; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
valgrind --tool=callgrind --callgrind-out-file="$work/profile" --log-file="$work/log" \
    "$program" sweep "$here/study.toml" --threads 1 --quiet --store "$work/store" --out "$work/out"
count=$(sed -n 's/^summary: *//p; s/^totals: *//p' "$work/profile" | head -n 1)
[ -n "$count" ] || { echo "FAILED: no count"; cat "$work/log"; exit 1; }
pinned=$(cat "$here/pinned.txt" 2>/dev/null || echo 0)
told=$(sed -n '/^## Unreleased/,/^## [0-9]/p' "$here/../../CHANGELOG.md" | sed -n '/^### Performance/,/^### /p' | cksum | cut -d' ' -f1)
read -r before told_before <<< "$pinned 0"
if [ "$bless" = --bless ]; then
    if [ "$count" -gt $((before + before * 3 / 100)) ] && [ "$before" -gt 0 ] && [ "$told" = "$told_before" ]; then
        echo "refused: $count instructions, $before were pinned, and CHANGELOG.md says nothing new under Unreleased, Performance"; exit 1
    fi
    echo "$count $told" > "$here/pinned.txt"; echo "pinned $count instructions"; exit 0
fi
share=$(awk -v a="$count" -v b="$before" 'BEGIN { printf "%+.2f %%", 100 * (a / b - 1) }')
echo "$count instructions, pinned $before: $share"
[ "$count" -le $((before + before * 3 / 100)) ] || { echo "FAILED: more than 3 % above; see the head of $0"; exit 1; }
