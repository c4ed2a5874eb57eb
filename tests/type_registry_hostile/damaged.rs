//! Tests valid modules that are truncated or have one changed byte.

use crate::bytes::text;
use crate::outcome::outcome;
use crate::random::Random;

/// A valid module with content in every section and types of every kind.
fn sound() -> Vec<u8> {
    text(
        r#"
        (type $a (sub (struct (field (mut i8)) (field (ref null $a)))))
        (rec (type $b (sub $a (struct (field (mut i8)) (field (ref $a)) (field v128))))
             (type $c (array (mut (ref null $b))))
             (type $f (func (param (ref $c) eqref exnref) (result i32 f64 (ref null extern)))))
        (rec)
        (type $g (sub final $b (struct (field (mut i8)) (field (ref $b)) (field v128))))
        (type $e (func (param i64 (ref $g))))
        (import "m" "f" (func (type $f)))
        (import "m" "e" (tag (type $e)))
        (tag (type $e))
        (table 3 (ref null func))
        (memory 1)
        (global (mut (ref null $g)) (ref.null $g))
        (global i32 (i32.add (i32.const 1) (i32.const 2)))
        (export "f" (func 0))
        (func (result i32) (i32.const 7))
        (elem (i32.const 0) func 0 1)
        (data (i32.const 0) "bytes")
        "#,
    )
}

#[test]
fn cut_short_at_every_byte() {
    let sound = sound();
    let types = outcome(&sound).unwrap();
    assert_eq!(types, 8, "with the implicit one of a function, and the exception's");
    let (mut kept, mut refused) = (0, 0);
    for end in 0..sound.len() {
        match outcome(&sound[..end]) {
            // Truncated between two independent sections.
            Ok(_) => kept += 1,
            Err(_) => refused += 1,
        }
    }
    assert!((1..8).contains(&kept), "{kept} of {}", kept + refused);
}

#[test]
fn with_another_byte() {
    let sound = sound();
    let mut random = Random(1);
    let (mut kept, mut refused) = (0, 0);
    for _ in 0..4_000 {
        let mut bytes = sound.clone();
        bytes[random.below(sound.len())] ^= 1 + random.below(255) as u8;
        match outcome(&bytes) {
            Ok(_) => kept += 1,
            Err(_) => refused += 1,
        }
    }
    // Both must happen, otherwise the test covers only one case.
    assert!(kept > 400 && refused > 400, "{kept} are kept, {refused} are refused");
}
