//! The exact output of `minimize --emit-test` for a finding of `hasty_journal`.

/// PartialUpdate at b821fcc8.
#[test]
fn partial_update_b821fcc8() {
    let target = crate::TARGETS.iter().find(|target| target.name() == "hasty_journal").unwrap();
    let plans = vec!["nth:0/succeed".parse().unwrap()];
    let sweep = oom_sweep::Sweep::new("hasty_journal/partial-update-b821fcc8");
    let sweep = sweep.strategy(oom_sweep::Strategy::Plans(plans));
    target.sweep(b"\x00", sweep).unwrap().assert_clean();
}
