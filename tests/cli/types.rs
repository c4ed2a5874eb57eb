//! Tests the output of `types` for one module, for several modules, and for invalid files.

use std::fs;

use super::program::{Folder, types};

impl Folder {
    /// Writes a module in the text format as a binary.
    fn module(&self, name: &str, text: &str) -> &Self {
        self.write(name, wat::parse_str(format!("(module {text})")).unwrap())
    }
}

const ONE: &str = "(rec (type $l (sub (struct (field (ref null $l)) (field i8)))))
    (type (sub final $l (struct (field (ref null $l)) (field i8) (field (mut v128)))))
    (type $f (func (param (ref $l)))) (rec) (rec)
    (type (array i64)) (type (array i64))";

#[test]
fn groups_are_shown_once_with_what_is_not_plain_from_them() {
    let folder = Folder::new();
    folder.module("one.wasm", ONE);
    let ran = folder.run(&types(), "one.wasm").assert_code(0);
    let (groups, rest) = ran.stdout.split_once("\n\n").unwrap();
    assert_eq!(
        groups,
        "\
uses  type   definition
   1  type0  (sub (struct (field (ref null rec.0)) (field i8)))
               16 bytes, fields at 8 (ref), 12
   1  type1  (sub final type0 (struct (field (ref null type0)) (field i8) (field (mut v128))))
               below type0; 32 bytes, fields at 8 (ref), 12, 16, aligned to 16
   1  type3  (func (param (ref type0)))
               called through type2
   2         (rec)
   2  type4  (array i64)
               elements from 16
   -  type2  (func (param (ref any)))"
    );
    let (modules, bytes) = rest.split_once("\n\n").unwrap();
    assert_eq!(
        modules,
        "\
module    types  groups  distinct
one.wasm      5       7         4
4 distinct types in 5 groups; 1 trampoline type was added"
    );
    let rows: Vec<_> = bytes.lines().collect();
    let starts = ["bytes ", "dense ", "hashed ", "ordered ", "array of structs "];
    assert_eq!(rows.len(), starts.len());
    for (row, start) in rows.iter().zip(starts) {
        assert!(row.starts_with(start) && row.len() == rows[0].len(), "{bytes}");
    }
}

#[test]
fn modules_share_what_they_have_in_common() {
    let folder = Folder::new();
    folder.module("one.wasm", ONE).module("two.wasm", "(type (array i64)) (type (func))");
    let ran = folder.run(&types(), "one.wasm two.wasm").assert_code(0);
    for line in [
        "   3        2  type4  (array i64)",
        "   1        1  type5  (func)",
        "   -        -  type2  (func (param (ref any)))",
        "module    types  groups  distinct  shared  added",
        "one.wasm      5       7         4       1      4",
        "two.wasm      2       2         2       1      1",
        "all           7       9         5       1      5",
    ] {
        assert!(ran.stdout.lines().any(|shown| shown == line), "{line}\n{}", ran.stdout);
    }
}

#[test]
fn json_has_the_same() {
    let folder = Folder::new();
    folder.module("one.wasm", ONE);
    let ran = folder.run(&types(), "one.wasm --json").assert_code(0);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["modules"][0]["file"], "one.wasm");
    assert_eq!(json["totals"]["distinct_types"], 4);
    let func = &json["groups"][2]["types"][0];
    assert_eq!((&func["kind"], &func["trampoline"]), (&"func".into(), &2.into()));
    assert_eq!(json["groups"][0]["types"][0]["layout"]["fields"][0]["is_reference"], true);
    for row in json["bytes"].as_array().unwrap() {
        let tables = row.as_object().unwrap().values().filter_map(serde_json::Value::as_u64);
        assert_eq!(tables.sum::<u64>(), 2 * row["total"].as_u64().unwrap(), "{row}");
    }
}

/// Each invalid module gives one line with its file and position. Valid modules are still shown.
#[test]
fn what_is_no_module_stops_nothing_else() {
    let folder = Folder::new();
    folder.module("one.wasm", "(type (func))").copy("source-map.wasm", "whole.wasm");
    let whole = fs::read(folder.path().join("whole.wasm")).unwrap();
    folder.write("cut.wasm", &whole[..whole.len() - 7]).write("text.wasm", "(module)");
    // A shared function type.
    folder.write("shared.wasm", b"\0asm\x01\0\0\0\x01\x05\x01\x65\x60\0\0");
    for (file, parts) in [
        ("gone.wasm", &["gone.wasm: cannot be read"][..]),
        ("text.wasm", &["text.wasm: it is not a WebAssembly module"]),
        ("cut.wasm", &["cut.wasm: ", "at offset 0x"]),
        ("shared.wasm", &["shared.wasm: ", "shared", "at offset 0x"]),
    ] {
        let alone = folder.run(&types(), file).assert_trouble(parts);
        assert_eq!(alone.stdout, "");
        let words = format!("{file} one.wasm");
        let ran = folder.run(&types(), &words).assert_trouble(parts);
        assert!(ran.stdout.contains("type0  (func)\n"), "{}", ran.stdout);
    }
    folder.run(&types(), "").assert_trouble(&["FILE.wasm"]);
}
