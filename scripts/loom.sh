#!/usr/bin/env bash
# Tries every order of steps that the orderings of the subjects' atomics allow: `TryArc`'s count,
# and the registry's lock and counts. loom runs each test again and again, another order each time.
# Usage: scripts/loom.sh [TEST-FILTER]
#
# loom's types stand in for std's only in these builds, which have a target folder of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUSTFLAGS="--cfg loom ${RUSTFLAGS:-}" CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/loom
# Nobody reads stacks here.
export CARGO_PROFILE_DEV_DEBUG=0
cargo test --lib --features registry -- "${1:-loom_tests}"
