//! Tests what `@package@` does when memory runs out. Each sweep fails every request for memory in
//! turn; the code must return an error, lose nothing, and stay usable.
//!
//! `cargo oom-sweep` runs these sweeps and shows what they find. `cargo test --test oom` works too.

use std::collections::TryReserveError;

use oom_sweep::{FaultAlloc, Sweep};

/// The system's allocator. A sweep makes it fail.
#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

/// Replace this by a call of an operation of your crate that returns an error if memory runs out.
@where@
///
/// A sweep knows the errors of std, hashbrown and `oom_sweep`. For an error type of your crate,
/// implement `oom_sweep::OomError`. For one of another crate, use `Sweep::run_with`.
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

// An operation that changes a state, all or nothing. To try it, uncomment all lines below.
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
//     /// Makes the state before the operation. Nothing fails in here.
//     fn setup(&self) -> Vec<String> {
//         vec!["Ada".to_owned()]
//     }
//
//     /// The operation under test. Each request in here fails in turn.
//     fn exercise(&self, names: &mut Vec<String>) -> Result<usize, TryReserveError> {
//         let mut name = String::new();
//         name.try_reserve("Grace".len())?;
//         name.push_str("Grace");
//         names.try_reserve(1)?;
//         names.push(name);
//         Ok(names.len())
//     }
//
//     /// Checks what must hold after success and after failure.
//     fn check(&self, names: &mut Vec<String>) -> Result<(), String> {
//         match names.iter().any(String::is_empty) {
//             true => Err("a name is empty".to_owned()),
//             false => Ok(()),
//         }
//     }
//
//     /// What users see of the state. A failed operation must not change it.
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
