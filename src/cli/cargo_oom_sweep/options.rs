//! Tells this program's options from Cargo's: [`split`].
//!
//! Users of Cargo expect that options may have any order up to `--`. The definition of this
//! program's options decides; nothing is known of Cargo's.

use std::ffi::{OsStr, OsString};

use clap::Command;

/// Returns the program's own words, its name first, and all others. After a subcommand's name,
/// every word is the program's.
pub(super) fn split(definition: &Command, words: Vec<OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let is_subcommand = |word: &OsStr| word == "help" || definition.find_subcommand(word).is_some();
    let mut words = words.into_iter().peekable();
    let mut own: Vec<OsString> = words.next().into_iter().collect();
    let mut others = Vec::new();
    if words.peek().is_some_and(|word| is_subcommand(word)) {
        own.extend(words);
        return (own, others);
    }
    while let Some(word) = words.next() {
        if word == "--" {
            others.push(word);
            others.extend(words);
            break;
        }
        match kind(definition, &word) {
            Kind::Others => others.push(word),
            Kind::Own => own.push(word),
            Kind::OwnWithValue => {
                own.push(word);
                own.extend(words.next());
            }
        }
    }
    (own, others)
}

enum Kind {
    Own,
    /// The next word is its value.
    OwnWithValue,
    Others,
}

fn kind(definition: &Command, word: &OsStr) -> Kind {
    let Some(word) = word.to_str() else { return Kind::Others };
    if matches!(word, "-h" | "--help" | "-V" | "--version") {
        return Kind::Own;
    }
    let Some(word) = word.strip_prefix("--") else { return Kind::Others };
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let own = definition.get_arguments().find(|own| own.get_long() == Some(name));
    match (own, value) {
        (None, _) => Kind::Others,
        (Some(own), None) if own.get_action().takes_values() => Kind::OwnWithValue,
        (Some(_), _) => Kind::Own,
    }
}
