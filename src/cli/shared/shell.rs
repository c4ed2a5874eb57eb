//! Splits commands as a POSIX shell does, as far as `quote` writes them.

/// What `quote` writes around a word with characters that are not shown as they are.
const PRINTF: (&str, &str) = ("\"$(printf '", "')\"");

/// Returns the words of a command, without their quotes.
pub(crate) fn split(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = command.chars();
    loop {
        let rest = chars.as_str();
        if let Some((format, rest)) =
            rest.strip_prefix(PRINTF.0).and_then(|rest| rest.split_once(PRINTF.1))
        {
            word.get_or_insert_default().push_str(&printed(format));
            chars = rest.chars();
            continue;
        }
        let Some(c) = chars.next() else { break };
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let quoted = chars.by_ref().take_while(|&c| c != '\'');
                word.get_or_insert_default().extend(quoted);
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Returns what `printf` prints of a format with octal escapes and `%%`.
fn printed(format: &str) -> String {
    let mut printed = Vec::new();
    let mut rest = format.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = match (first, tail) {
            (b'\\', [a, b, c, ..]) => str::from_utf8(&[*a, *b, *c])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 8).ok())
                .map(|byte| (byte, 3)),
            (b'%', [b'%', ..]) => Some((b'%', 1)),
            _ => None,
        };
        let (byte, len) = escape.unwrap_or((*first, 0));
        printed.push(byte);
        rest = &tail[len..];
    }
    String::from_utf8_lossy(&printed).into_owned()
}
