//! What `@package@` does when memory runs out: each request for memory fails in turn, and the
//! code must give an error, lose nothing, and stay usable.
//!
//! `cargo oom-sweep` runs these sweeps and shows what they find; so does `cargo test --test oom`.

use std::collections::TryReserveError;

use oom_sweep::{FaultAlloc, Sweep};

/// The system's allocator, but for what a sweep has fail.
#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Stands for an operation of the crate, to be replaced by a call of one that gives an error if
/// there is no memory.
@where@
///
/// A sweep knows the errors of std, of hashbrown and of `oom_sweep`. One of the crate's own says
/// by `impl oom_sweep::OomError` what is one; for other crates' there is `Sweep::run_with`.
fn first_operation() -> Result<Vec<String>, TryReserveError> {
    let mut names = Vec::new();
    names.try_reserve(2)?;
    for name in ["Ada", "Grace"] {
        let mut copy = String::new();
        copy.try_reserve(name.len())?;
        copy.push_str(name);
        names.push(copy);
    }
    Ok(names)
}

#[test]
fn first_operation_survives() {
    Sweep::new("first operation")
        .run(first_operation)
        .assert_clean();
}

// An operation on a state, all or nothing. To try it, take the `// ` off all that follows.
//
// /// Adds a name to a list of names.
// struct AddName;
//
// impl oom_sweep::Scenario for AddName {
//     type State = Vec<String>;
//     type Output = usize;
//     type Error = TryReserveError;
//     type View = Vec<String>;
//
//     /// What is there before. Nothing fails in here.
//     fn setup(&self) -> Vec<String> {
//         vec!["Ada".to_owned()]
//     }
//
//     /// The operation under test: in here every request fails in turn.
//     fn exercise(&self, names: &mut Vec<String>) -> Result<usize, TryReserveError> {
//         let mut name = String::new();
//         name.try_reserve("Grace".len())?;
//         name.push_str("Grace");
//         names.try_reserve(1)?;
//         names.push(name);
//         Ok(names.len())
//     }
//
//     /// What must hold whether it failed or not.
//     fn check(&self, names: &mut Vec<String>) -> Result<(), String> {
//         match names.iter().any(String::is_empty) {
//             true => Err("a name is empty".to_owned()),
//             false => Ok(()),
//         }
//     }
//
//     /// What users see of the state: a failed operation must leave it as it was.
//     fn view(&self, names: &mut Vec<String>) -> Vec<String> {
//         names.clone()
//     }
// }
//
// #[test]
// fn adding_a_name_is_all_or_nothing() {
//     Sweep::new("add a name")
//         .run_scenario(&AddName)
//         .assert_clean();
// }
