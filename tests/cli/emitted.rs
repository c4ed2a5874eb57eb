//! The exact output of `minimize --emit-test` for a finding of `hasty_journal`.

/// PartialUpdate at 8442ddbb.
#[test]
fn partial_update_8442ddbb() {
    let target = crate::TARGETS.iter().find(|target| target.name() == "hasty_journal").unwrap();
    let plans = vec!["nth:0/succeed".parse().unwrap()];
    let sweep = oom_sweep::Sweep::new("hasty_journal/partial-update-8442ddbb");
    let sweep = sweep.strategy(oom_sweep::Strategy::Plans(plans));
    target.sweep(b"\x00", sweep).unwrap().assert_clean();
}
