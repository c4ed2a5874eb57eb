//! libFuzzer chooses the document that a report, or a list of findings, is read from.
#![no_main]

oom_sweep::fuzz_target!(oom_sweep::targets::report_json::TARGET);
