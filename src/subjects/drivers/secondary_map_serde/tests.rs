//! The seeds as text, and tests of documents with a known meaning.

use super::super::modelled::Seed;
use super::*;

pub(super) const SEEDS: &[Seed] = &[
    (
        "numbers",
        "sequence 1, some, number 7, none, some, number 1, number 2, none, some, number 3, end, read, json, write, read 2, write 1, read 5, write 2, read 4, json",
    ),
    (
        "long",
        "sequence 2, number 0, again 30, none, again 40, number 1, again 20, end, read 0, write, new_document, sequence 0, none, again 120, end, read 0, read 1",
    ),
    (
        "bytes",
        "sequence, some, text 1 9, none, text 2 15, some, bytes 3 4, none, none, bytes 1 9, end, read 2, json, write, read, new_document, sequence, bytes 0 0, none, text 5 3, end, read, write 3, read 1",
    ),
    (
        "nulls",
        "sequence, none, unit, some, number 3, none, some, none, some, unit, unit, end, read, read 1, json, write, read, write 2, json, new_document, sequence, unit, some, unit, none, end, read, read 1, write 1, read 1",
    ),
    (
        "floats",
        "sequence, float 2, float 2, none, float 3, end, read, json, write, read, write 2, new_document, sequence, float 1, float 0, float 6, none, float 0, end, read, json, write, read, write 3, new_document, sequence 2, float 0, float 4, end, read, json, write 2, read",
    ),
    (
        "rows",
        "sequence, some, sequence, number 0, number 4, end, none, sequence 2, some, number 9, none, number 9, end, some, sequence 1, number 0, number 4, none, end, none, end, read, json, write, read 2, write 2, read, write 1, read 1",
    ),
    (
        "wrong",
        "number 3, read, new_document, map, read 2, new_document, sequence, end, read 4, read 5, new_document, sequence, map, end, read, new_document, sequence, number 1 40, end, read, new_document, sequence, newtype, number 1, end, read, new_document, sequence, boolean 1, end, read 2, new_document, sequence, negative 1, end, read, new_document, sequence, broken, end, read",
    ),
    (
        "cut",
        "read, sequence 2, read, number 1, read 2, some, read 4, number 2, none, read, blunt, read, some, number 3, blunt, blunt, none, blunt, number 4, read, new_document, sequence, blunt, none, blunt, some, number 1, end, read, read 3, new_document, sequence, number 1, blunt, end, read",
    ),
    (
        "many",
        "sequence 2, number 1, again 128, none, again 127, end, read, write, new_document, sequence, number 1, none, again 128, none, again 127, end, read, read 5",
    ),
];

fn meaning<V: Value>(tokens: &[Token]) -> Option<Meaning> {
    Meaning::of::<V>(tokens, Head::Optional)
}

fn read<V: Value>(tokens: &[Token]) -> Result<Map<V>, DeError<Trouble>> {
    V::read(Input::new(tokens, &Cell::new(0)), Head::Optional, Way::Fallible)
}

const START: Token = Token::Sequence(Announced::Nothing);

#[test]
fn known_documents_have_their_meaning() {
    let tokens =
        [START, Token::Unsigned(7), Token::None, Token::Signed(9), Token::None, Token::End];
    let map = read::<u32>(&tokens).unwrap();
    assert_eq!(map.as_values_slice(), [7, 9, 7]);
    let meaning = meaning::<u32>(&tokens).unwrap();
    assert_eq!(meaning.is::<u32>(&map), Ok(()));
    let others = [Token::Unsigned(8), Token::Unsigned(7)];
    for (at, other) in [(1, others[0]), (3, others[1]), (4, others[0]), (4, Token::End)] {
        let mut tokens = tokens;
        tokens[at] = other;
        assert!(meaning.is::<u32>(&read(&tokens).unwrap()).is_err(), "{at}");
    }
}

#[test]
fn more_elements_than_keys_are_refused() {
    for (elements, is_read) in [(255, true), (256, true), (257, false)] {
        let elements = vec![Token::None; elements];
        let tokens = [&[START, Token::Unsigned(1)][..], &elements, &[Token::End]].concat();
        assert!(tokens.len() <= MOST_TOKENS);
        assert_eq!(read::<u32>(&tokens).is_ok(), is_read);
        assert_eq!(meaning::<u32>(&tokens).is_some(), is_read);
    }
}

/// Each operation that reads the map must detect a map that differs from the document.
#[test]
fn wrong_reads_and_writes_are_detected() {
    let mut pair = Documents::<u32>::new();
    for token in [START, Token::Unsigned(7), Token::Unsigned(9), Token::End] {
        pair.append(token).unwrap().unwrap();
    }
    pair.read(Head::Optional, Way::Seed).unwrap().unwrap();
    assert_eq!((pair.check(), pair.json().unwrap()), (Ok(()), Ok(())));
    pair.map.insert(crate::collections::EntityRef::new(0), 8).unwrap();
    assert_eq!(pair.check(), Err("a value is another".into()));
    assert_eq!(pair.json().unwrap(), Err("a value is another".into()));
    let written = pair.write(Head::Optional, Reader::Program).unwrap();
    assert_eq!(written, Err("it is written otherwise".into()));
}

#[test]
fn errors_tell_a_failed_request() {
    use serde::de::Error;
    let oom = OutOfMemory::new(64);
    assert_eq!(Trouble::custom(oom), Trouble::Said(token::Said::OutOfMemory));
    for text in ["", "out of", "out of memory", "no key", "invalid type: out of memory ("] {
        assert_eq!(Trouble::custom(text), Trouble::Said(token::Said::Otherwise), "{text}");
    }
}

#[test]
fn blobs_are_found_again() {
    for (first, len) in (0..=255).flat_map(|first| (0..=255).map(move |len| (first, len))) {
        let blob = Blob::new(first, len);
        assert_eq!(Blob::of(blob.text().as_bytes()).unwrap().text(), blob.text());
    }
    assert_eq!((Blob::of(b"ba"), Blob::of(b"1")), (None, None));
}
