//! Where in a JSON text a byte is, as a path such as `reports[0].findings[2].plans[0]`.
//!
//! Line and column locate the byte; the path says what it belongs to. The parser accepts invalid
//! JSON: the text may end or be wrong at that byte.

/// The greatest length of a path, so that the error message stays readable.
const LONGEST: usize = 200;

/// An object or array that is open, and the position in it.
enum Open<'a> {
    Object { key: Option<&'a str> },
    Array { index: usize },
}

/// Returns the path of the value in which `text` ends, or which it has just completed. It is empty
/// for the whole value.
pub(super) fn path_at(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' => open.push(Open::Object { key: None }),
            b'[' => open.push(Open::Array { index: 0 }),
            b'}' | b']' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Open::Object { key }) => *key = None,
                Some(Open::Array { index }) => *index += 1,
                None => {}
            },
            b'"' => {
                let len = string_len(&bytes[at + 1..]);
                if let Some(Open::Object { key: key @ None }) = open.last_mut() {
                    *key = text.get(at + 1..at + 1 + len);
                }
                at += len + 1;
            }
            _ => {}
        }
        at += 1;
    }
    describe(&open)
}

/// Returns the number of bytes up to the quote that ends a string.
fn string_len(bytes: &[u8]) -> usize {
    let mut is_escaped = false;
    let end = bytes.iter().position(|&byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.unwrap_or(bytes.len())
}

fn describe(open: &[Open<'_>]) -> String {
    let mut path = String::new();
    for level in open {
        match level {
            Open::Object { key: Some(key) } if path.is_empty() => path.push_str(key),
            Open::Object { key: Some(key) } => path.push_str(&format!(".{key}")),
            Open::Object { key: None } => {}
            Open::Array { index } => path.push_str(&format!("[{index}]")),
        }
        if let Some((end, _)) = path.char_indices().nth(LONGEST) {
            return format!("{}…", &path[..end]);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_every_kind_of_place() {
        let text = r#"{"a": [1, {"b": "x\"},{", "c": [[2]]}, 3], "d": {}}"#;
        for (before, path) in [
            ("{\"a", "a"),
            ("[1", "a[0]"),
            ("{\"b\": \"x\\\"}", "a[1].b"),
            ("{\", ", "a[1]"),
            ("[[2", "a[1].c[0][0]"),
            ("[[2]]", "a[1].c"),
            ("]}", "a[1]"),
            (" 3", "a[2]"),
            ("{}", "d"),
            ("{}}", ""),
        ] {
            let end = text.find(before).unwrap() + before.len();
            assert_eq!(path_at(&text[..end]), path, "{before}");
        }
        assert_eq!(path_at("é\""), "");
        let deep = path_at(&"[".repeat(1000));
        assert!(deep.starts_with("[0][0]") && deep.ends_with("[0…") && deep.len() < 210, "{deep}");
        assert_eq!(path_at("]]}\""), "");
    }
}
