#!/usr/bin/env bash
# Makes mistakes in the code, one at a time, and lists those that no test sees: `cargo mutants`
# over the files of .cargo/mutants.toml. Exits with 1 if there are some.
# Usage: scripts/mutants.sh [CARGO-MUTANTS-OPTION…]
#   scripts/mutants.sh --shard 0/8                         one eighth of the mutants
#   scripts/mutants.sh --file 'src/harness/plan/*.rs'      those of some files
#   scripts/mutants.sh --list                              which there are
#
# It works in a copy of the tree. The lists are in target/mutants/mutants.out. A mutant that is
# listed is either a missing test, or changes nothing that the code promises: then it is excluded in
# .cargo/mutants.toml, with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo mutants --version >/dev/null 2>&1; then
    cargo install cargo-mutants --locked
fi
mkdir -p target/mutants
# Stacks need the modules of inlined functions, and nothing more.
export CARGO_PROFILE_DEV_DEBUG=limited
status=0
cargo mutants --output target/mutants "$@" || status=$?
# 2: some were missed. 3: some timed out, which the tests have seen.
case $status in
    0 | 3) ;;
    2) exit 1 ;;
    *) exit "$status" ;;
esac
