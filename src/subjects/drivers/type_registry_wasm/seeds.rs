//! The seeds of the corpus: small modules in the text format, and choices for `wasm-smith`.
//!
//! After a change, write them again with `WRITE_SEEDS=1 cargo test --lib
//! type_registry_wasm::seeds`.

use super::super::modelled::VERSION;
use super::super::seeds::hold;
use super::NAME;

const MODULES: &[(&str, &str)] = &[
    (
        "chain",
        "(type $a (sub (struct))) (type $b (sub $a (struct (field i32))))
         (type $c (sub $b (struct (field i32 i64))))
         (type (sub final $c (struct (field i32 i64 v128))))
         (type (sub $a (struct (field (mut (ref null $c))))))
         (rec) (type (array (ref $b)))",
    ),
    (
        "cycle",
        "(rec (type $l (sub (struct (field (ref null $l)) (field (ref $m)))))
              (type $m (sub $l (struct (field (ref null $m)) (field (ref $m)) (field i8))))
              (type $f (func (param (ref $l)) (result (ref null $f)))))
         (rec (type $n (array (mut (ref null $o)))) (type $o (struct (field (ref $n) (ref $f)))))
         (type (func (param (ref $o))))",
    ),
    (
        "trampolines",
        "(type $s (struct)) (type (func (param i32) (result i32)))
         (rec (type (func (param eqref) (result i31ref))) (type (func (param (ref $s))))
              (type $f (sub (func (param (ref func))))))
         (type (sub final $f (func (param (ref func)))))
         (type (func (param anyref) (result anyref))) (type (func (param anyref) (result anyref)))
         (type (func (param externref exnref (ref null $f)) (result v128)))",
    ),
    (
        "exceptions",
        "(type $s (struct (field i8))) (type $t (func (param i32 (ref $s)))) (type $u (func))
         (import \"m\" \"t\" (tag (type $u))) (tag (type $t)) (tag (type $t)) (tag (type $u))",
    ),
    (
        "plain",
        "(type (func)) (type (func (param i32))) (type (func (param i32) (result i32)))
         (type (func (param i32 i32) (result i64))) (type (func (param f32) (result f64)))
         (type (func (param i32)))",
    ),
];

/// Each entry: the name, the layout of tables, and the number of bytes.
const CHOICES: &[(&str, u8, usize)] = &[
    ("few-dense", 0, 24),
    ("some-hashed", 1, 120),
    ("some-ordered", 2, 150),
    ("many-structs", 3, 300),
    ("many-dense", 0, 360),
];

/// The file names and contents of the seeds.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let modules = MODULES.iter().map(|(name, text)| {
        let bytes = wat::parse_str(format!("(module {text})")).expect("a module's text");
        (format!("{name}.wasm"), bytes)
    });
    let choices = CHOICES.iter().map(|(name, layout, count)| {
        let bytes = [VERSION << 4 | layout].into_iter().chain(noise(*count as u64).take(*count));
        (format!("{name}.bin"), bytes.collect())
    });
    modules.chain(choices).collect()
}

/// Pseudo-random bytes, the same for the same number.
pub(in crate::subjects::drivers) fn noise(mut number: u64) -> impl Iterator<Item = u8> {
    std::iter::repeat_with(move || {
        number =
            number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (number >> 56) as u8
    })
}

#[test]
fn the_corpus_equals_the_seeds_in_this_file() {
    hold(NAME, seeds());
}
