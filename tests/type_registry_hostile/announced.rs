//! Tests short modules that announce many items.

use crate::bytes::{ARRAY, FUNC, I32, REC, STRUCT, SUB, leb, module, section, types};
use crate::outcome::outcome;

/// Counts that are impossible, and counts that the parser would trust.
const COUNTS: [u32; 3] = [u32::MAX, 1_000_000, 100_000];

#[test]
fn items_of_sections() {
    let sections = [
        (1, "types"),
        (2, "imports"),
        (3, "functions"),
        (4, "tables"),
        (5, "memories"),
        (13, "tags"),
        (6, "globals"),
        (7, "exports"),
        (9, "element segments"),
        (11, "data segments"),
    ];
    for (id, what) in sections {
        for count in COUNTS {
            let error = outcome(&module(&[section(id, count, &[FUNC, 0, 0])])).unwrap_err();
            let expected = format!("{count} {what} are announced, and 3 bytes are left for them");
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}

#[test]
fn functions_with_code() {
    let some = [section(1, 1, &[FUNC, 0, 0]), section(3, 1, &[0])].concat();
    for count in COUNTS {
        let error =
            outcome(&module(&[some.clone(), section(10, count, &[2, 0, 0x0b])])).unwrap_err();
        assert!(error.contains("function and code section have inconsistent lengths"), "{error}");
    }
}

#[test]
fn types_of_a_group() {
    for count in COUNTS {
        let group = [vec![REC], leb(count), vec![FUNC, 0, 0]].concat();
        let error = outcome(&types(1, &group)).unwrap_err();
        let expected = format!("{count} types of one group are announced, and 3 bytes");
        assert!(error.starts_with(&expected), "{error}");
        // Also after other types.
        let later = [vec![FUNC, 1, I32, 0, REC, 1, SUB, 0, ARRAY, I32, 0], group].concat();
        let error = outcome(&types(3, &later)).unwrap_err();
        assert!(error.starts_with(&expected), "{error}");
    }
}

#[test]
fn parts_of_a_type() {
    for count in COUNTS {
        let refused = |before: &[u8], after: &[u8], expected: &str| {
            let error = outcome(&types(1, &[before, &leb(count), after].concat())).unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        refused(&[FUNC], &[I32, 0], "function params size is out of bounds");
        refused(&[FUNC, 0], &[I32], "function returns size is out of bounds");
        refused(&[STRUCT], &[I32, 0], "struct fields size is out of bounds");
        refused(&[SUB], &[0, FUNC, 0, 0], "supertype idxs size is out of bounds");
    }
    // The greatest number allowed.
    let error = outcome(&types(1, &[FUNC, 0xe8, 7, I32])).unwrap_err();
    assert!(error.contains("unexpected end"), "{error}");
    let error = outcome(&types(1, &[STRUCT, 0x90, 0x4e, I32, 0])).unwrap_err();
    assert!(error.contains("unexpected end"), "{error}");
}

#[test]
fn sizes() {
    for count in COUNTS {
        // In a section, a name, and the code of a function.
        let error = outcome(&module(&[[vec![1], leb(count), vec![0]].concat()])).unwrap_err();
        assert!(error.contains("unexpected end"), "{error}");
        let named = [vec![2], leb(8), vec![1], leb(count)].concat();
        let error = outcome(&module(&[named])).unwrap_err();
        assert!(error.contains("at offset 0x"), "{error}");
        let some = [section(1, 1, &[FUNC, 0, 0]), section(3, 1, &[0])].concat();
        let code = [leb(count), vec![0, 0x0b]].concat();
        let error = outcome(&module(&[some, section(10, 1, &code)])).unwrap_err();
        assert!(error.contains("at offset 0x"), "{error}");
    }
}
