//! Smoke.
use oom_sweep::*;
#[global_allocator]
static A: FaultAlloc = FaultAlloc::system();
use std::collections::TryReserveError;
fn squares(n: u32) -> Result<Vec<u32>, TryReserveError> {
    let mut v = Vec::new();
    for i in 0..n { v.try_reserve(1)?; v.push(i*i); }
    Ok(v)
}
#[test] fn clean() { let r = Sweep::new("squares").run(|| squares(100)); eprintln!("{r}"); r.assert_clean(); }
#[test] fn clean_in() { let r = Sweep::new("squares").isolation(Isolation::InProcess).run(|| squares(100)); eprintln!("{r}"); r.assert_clean(); }
#[test] fn aborts() { let r = Sweep::new("ab").after(AfterFault::Succeed).run(|| { let mut v = squares(50)?; v.push(1); let b = std::hint::black_box(Box::new(3)); drop(b); let s = vec![1u8; 100]; std::hint::black_box(&s); Ok::<_, TryReserveError>(v)}); eprintln!("{r}"); }
#[test] fn swallow() { let r = Sweep::new("sw").run(|| { let mut v: Vec<u8> = Vec::new(); let _ = std::hint::black_box(v.try_reserve(100)); Ok::<_, TryReserveError>(v)}); eprintln!("{r}"); }
#[test] fn panics() { let r = Sweep::new("pa").run(|| { let mut v: Vec<u8> = Vec::new(); v.try_reserve(100).unwrap(); Ok::<_, TryReserveError>(v)}); eprintln!("{r}"); }
#[test] fn leaks() { let r = Sweep::new("le").run(|| { let a = Box::new(squares(3)?); let p = Box::into_raw(a); let b = squares(10)?; drop(unsafe{Box::from_raw(p)}); Ok::<_, TryReserveError>(b)}); eprintln!("{r}"); }
