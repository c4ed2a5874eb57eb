//! Sweeps reading and writing: every request fails once.
//!
//! `postcard` makes no request of its own, so the whole operation is swept. `serde_json` allocates
//! the text of every error infallibly, so a persistent shortage would abort the process. It is
//! swept only with transient faults.

use crate::{K, map};
use oom_sweep::collections::secondary_map::{DeError, Seed, bare_default};
use oom_sweep::collections::{OutOfMemory, SecondaryMap, TryClone};
use oom_sweep::{AfterFault, OomError, Report, Sweep};
use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};
use std::cell::Cell;
use std::fmt;
use std::hint::black_box;

type Fallible<T> = Result<T, DeError<postcard::Error>>;

/// Sweeps the whole operation, which must have no finding and make this many requests.
#[track_caller]
fn sweep<T>(name: &str, requests: u64, read: impl Fn() -> Fallible<T>) {
    assert_swept(&Sweep::new(name).allow_empty().exact_size().run(read), requests);
}

#[track_caller]
fn assert_swept(report: &Report, requests: u64) {
    report.assert_clean();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.requests(), requests, "{report}");
}

fn gaps() -> SecondaryMap<K, u32> {
    map(&7, &[1, 7, 7, 7, 2, 7, 7, 7, 7, 3])
}

#[test]
fn plain_values() {
    let bytes = postcard::to_stdvec(&gaps()).unwrap();
    let input = || postcard::Deserializer::from_bytes(&bytes);
    sweep("plain", 3, || SecondaryMap::<K, u32>::deserialize_fallible(&mut input()));

    let bare = [&bytes[..1], &bytes[2..]].concat();
    let input = || postcard::Deserializer::from_bytes(&bare);
    sweep("bare", 3, || bare_default::deserialize_fallible::<K, u32, _>(&mut input()));
}

#[test]
fn values_without_bytes() {
    sweep("units", 0, || {
        let mut input = postcard::Deserializer::from_bytes(&[4, 1, 1, 0, 0]);
        SecondaryMap::<K, ()>::deserialize_fallible(&mut input)
    });
}

/// Plain `Deserialize` returns only the format's error.
#[test]
fn without_a_record() {
    let bytes = postcard::to_stdvec(&gaps()).unwrap();
    let report = Sweep::new("plain `Deserialize`").run_with(
        |error| *error == postcard::Error::SerdeDeCustom,
        || postcard::from_bytes::<SecondaryMap<K, u32>>(&bytes),
    );
    assert_swept(&report, 3);
}

/// Owned bytes, whose copies make requests.
#[derive(PartialEq)]
struct Bytes(Vec<u8>);

impl TryClone for Bytes {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        self.0.try_clone().map(Self)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// Reads [`Bytes`], and records its own failed requests.
#[derive(Clone, Copy)]
struct BytesSeed<'a>(&'a Cell<Option<OutOfMemory>>);

impl<'de> DeserializeSeed<'de> for BytesSeed<'_> {
    type Value = Bytes;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Bytes, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for BytesSeed<'_> {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len()).map_err(|_| {
            self.0.set(Some(OutOfMemory::new(bytes.len())));
            E::custom("no room for bytes")
        })?;
        copy.extend_from_slice(bytes);
        Ok(Bytes(copy))
    }
}

/// The value that a seed read, or the failed request that it recorded.
fn recorded<T>(
    read: impl FnOnce(&Cell<Option<OutOfMemory>>) -> Result<T, postcard::Error>,
) -> Fallible<T> {
    let oom = Cell::new(None);
    read(&oom).map_err(|error| oom.get().map_or(DeError::Format(error), DeError::Oom))
}

/// Values whose reading makes requests, and a default whose copies make requests: two gaps, two
/// values.
#[test]
fn values_that_allocate() {
    let mut map = SecondaryMap::<K, Bytes>::with_default(Bytes(vec![9; 40]));
    map.insert(K(1), Bytes(vec![1; 20])).unwrap();
    map.insert(K(3), Bytes(vec![3; 30])).unwrap();
    let bytes = postcard::to_stdvec(&map).unwrap();
    sweep("bytes", 1 + 1 + 4, || {
        recorded(|oom| {
            let mut input = postcard::Deserializer::from_bytes(&bytes);
            let read = Seed::with_values(oom, BytesSeed(oom)).deserialize(&mut input)?;
            assert!(read == map);
            Ok(read)
        })
    });
}

#[test]
fn maps_of_maps() {
    let mut rows = SecondaryMap::<K, SecondaryMap<K, u32>>::new();
    rows.insert(K(1), gaps()).unwrap();
    rows.insert(K(2), gaps()).unwrap();
    let bytes = postcard::to_stdvec(&rows).unwrap();
    sweep("rows", 1 + 2 * 3, || {
        recorded(|oom| {
            let mut input = postcard::Deserializer::from_bytes(&bytes);
            let read = Seed::with_values(oom, Seed::new(oom)).deserialize(&mut input)?;
            assert!(read == rows);
            Ok(read)
        })
    });
}

#[test]
fn json_while_the_shortage_passes() {
    let json = serde_json::to_vec(&gaps()).unwrap();
    let report = Sweep::new("json").after(AfterFault::Succeed).exact_size().run(|| {
        let mut input = serde_json::Deserializer::from_slice(&json);
        SecondaryMap::<K, u32>::deserialize_fallible(&mut input)
    });
    assert_swept(&report, 3);
}

/// Tests the recognised error and its text.
#[test]
fn the_error_of_a_failed_request() {
    let error = DeError::<postcard::Error>::Oom(OutOfMemory::new(64));
    assert_eq!((error.is_oom(), error.requested()), (true, Some(64)));
    assert_eq!(error.to_string(), "out of memory (failed to allocate 64 bytes)");
    let error = DeError::Format(postcard::Error::DeserializeBadOption);
    assert_eq!((error.is_oom(), error.requested()), (false, None));
    assert_eq!(error.to_string(), postcard::Error::DeserializeBadOption.to_string());
}

/// Makes a request that fails. No other request may follow.
fn spark() -> Result<(), OutOfMemory> {
    let mut room = Vec::<u8>::new();
    room.try_reserve_exact(64).map_err(|_| OutOfMemory::new(64))?;
    drop(black_box(room));
    Ok(())
}

#[track_caller]
fn writes_without_a_request(name: &str, write: impl Fn(&mut [u8])) {
    let report = Sweep::new(name).after(AfterFault::Forbid).run(|| {
        let outcome = spark();
        write(&mut [0; 200]);
        outcome
    });
    assert_swept(&report, 1);
}

#[test]
fn writing_makes_no_request() {
    let numbers = gaps();
    writes_without_a_request("postcard", |room| {
        assert!(postcard::to_slice(&numbers, room).is_ok())
    });
    writes_without_a_request("json", |room| serde_json::to_writer(room, &numbers).unwrap());

    let floats = map(&f64::NAN, &[0.5, f64::INFINITY]);
    writes_without_a_request("floats", |room| assert!(postcard::to_slice(&floats, room).is_ok()));
    let texts = map(&Shown(0), &[Shown(3), Shown(0), Shown(4)]);
    writes_without_a_request("texts", |room| serde_json::to_writer(room, &texts).unwrap());
}

/// A number that is serialized as its `Display` text.
#[derive(Clone, Copy, PartialEq)]
struct Shown(u8);

impl TryClone for Shown {
    fn try_clone(&self) -> Result<Self, OutOfMemory> {
        Ok(*self)
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
