#!/usr/bin/env bash
# To be sourced by the scripts that fuzz: goes to the checkout's folder, sees to what fuzzing
# needs, and sets
#   cargo_fuzz   the command, with a nightly toolchain: `cargo` itself if that is one, as in
#                OSS-Fuzz's images, and `cargo +nightly` otherwise
#   quick        arguments to build quicker what runs slower, if FUZZ_CODEGEN_UNITS is set, as to 16
#   targets      the names of all fuzz targets
#   longest      of how many bytes an input may be
#   built        the function that says where cargo-fuzz leaves a program
#   options      what fuzz/libfuzzer.options says, as arguments
# What cargo-fuzz builds has debug assertions and AddressSanitizer on if nobody says otherwise.
# shellcheck disable=SC2034
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ $(cargo --version 2>/dev/null) == *nightly* ]]; then
    cargo_fuzz=(cargo fuzz)
elif cargo +nightly --version >/dev/null 2>&1; then
    cargo_fuzz=(cargo +nightly fuzz)
else
    echo "cargo fuzz needs a nightly toolchain: rustup toolchain install nightly" >&2
    exit 2
fi
if ! command -v cargo-fuzz >/dev/null; then
    cargo install cargo-fuzz --locked
fi

quick=()
if [[ -n ${FUZZ_CODEGEN_UNITS:-} ]]; then
    quick=(--codegen-units "$FUZZ_CODEGEN_UNITS")
    export CARGO_PROFILE_RELEASE_OPT_LEVEL=${CARGO_PROFILE_RELEASE_OPT_LEVEL:-1}
fi

# Where cargo-fuzz leaves a program.
built() { # NAME
    local host
    host=$(rustc -vV | sed -n 's/^host: //p')
    echo "${CARGO_TARGET_DIR:-fuzz/target}/$host/release/$1"
}

targets=(fuzz/fuzz_targets/*.rs)
targets=("${targets[@]##*/}")
targets=("${targets[@]%.rs}")
longest=$(sed -n 's/^max_len = //p' fuzz/libfuzzer.options)
mapfile -t options < <(sed -n 's/^\([a-z_]*\) = /-\1=/p' fuzz/libfuzzer.options)
