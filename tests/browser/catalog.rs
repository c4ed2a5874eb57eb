//! Code to sweep that makes 100,000 requests from many places. Most places handle a failed request
//! correctly.

use std::collections::TryReserveError;
use std::hint::black_box;

type Fallible<T> = Result<T, TryReserveError>;

/// The least number of requests that `load` makes.
const REQUESTS: usize = 100_000;

fn room<T>(len: usize) -> Fallible<Vec<T>> {
    let mut room = Vec::new();
    room.try_reserve_exact(len)?;
    Ok(black_box(room))
}

struct Entry {
    title: Vec<u8>,
    authors: Vec<Vec<u8>>,
    words: Vec<u32>,
}

/// Reads entries one by one, so that few exist at the same time.
pub(crate) fn load() -> Fallible<usize> {
    let mut index = Index { buckets: room(16)?, merged: 0 };
    let mut made = 1;
    for number in 0.. {
        let entry = read_entry(number)?;
        made += 2 + entry.authors.len() + index.add(&entry, number)?;
        made += usize::from(!entry.words.is_empty());
        if made >= REQUESTS {
            break;
        }
    }
    Ok(index.merged)
}

#[inline(never)]
fn read_entry(number: usize) -> Fallible<Entry> {
    let title = decode_title(number)?;
    let authors = decode_authors(number)?;
    let words = match number % 3 {
        0 => tokenize(&title, number)?,
        _ => Vec::new(),
    };
    Ok(Entry { title, authors, words })
}

#[inline(never)]
fn decode_title(number: usize) -> Fallible<Vec<u8>> {
    let mut title = room(8 + number % 120)?;
    title.push(number as u8);
    Ok(title)
}

#[inline(never)]
fn decode_authors(number: usize) -> Fallible<Vec<Vec<u8>>> {
    let mut authors = room(1 + number % 4)?;
    for author in 0..1 + number % 4 {
        authors.push(decode_author(author)?);
    }
    Ok(authors)
}

#[inline(never)]
fn decode_author(author: usize) -> Fallible<Vec<u8>> {
    match author {
        // Wrong: an entry must have an author.
        3 => Ok(room(24).unwrap_or_default()),
        _ => room(12 + author),
    }
}

#[inline(never)]
fn tokenize(title: &[u8], number: usize) -> Fallible<Vec<u32>> {
    let mut words = room(1 + title.len() + number % 900)?;
    words.push(number as u32);
    Ok(words)
}

struct Index {
    buckets: Vec<Vec<u32>>,
    merged: usize,
}

impl Index {
    /// Adds the words of an entry. Returns the number of requests that it made.
    #[inline(never)]
    fn add(&mut self, entry: &Entry, number: usize) -> Fallible<usize> {
        let key = self.normalize(&entry.title)?;
        let mut made = 1;
        if number.is_multiple_of(5) {
            self.merge(key.len() + number)?;
            made += 1;
        }
        if number.is_multiple_of(4096) {
            self.compact(number)?;
            made += 2;
        }
        Ok(made)
    }

    #[inline(never)]
    fn normalize(&self, title: &[u8]) -> Fallible<Vec<u8>> {
        let mut key = room(title.len() + 1)?;
        key.extend_from_slice(title);
        Ok(key)
    }

    #[inline(never)]
    fn merge(&mut self, len: usize) -> Fallible<()> {
        let scratch: Vec<u64> = room(len % 3000 + 1)?;
        self.merged += scratch.capacity();
        Ok(())
    }

    /// Wrong in two ways: it panics, and it loses the words that it took out.
    #[inline(never)]
    fn compact(&mut self, number: usize) -> Fallible<()> {
        let taken = std::mem::take(&mut self.buckets);
        let room: Vec<u8> = room(4096 + number).expect("memory for a bucket");
        let table = self::room(16 + room.len());
        match table {
            Ok(table) => self.buckets = table,
            Err(error) => {
                std::mem::forget(taken);
                return Err(error);
            }
        }
        Ok(())
    }
}
