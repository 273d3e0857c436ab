#!/usr/bin/env bash
# What CI runs, run at the desk: format, lints, tests, documentation.
set -euo pipefail
cd "$(dirname "$0")"

echo "== format";        cargo fmt --check
echo "== lints";         cargo clippy --locked --all-targets -- -D warnings
echo "== tests";         cargo test --locked
echo "== faults";        cargo test --locked --features planted-faults --test trust_faults
echo "== documentation"; RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
