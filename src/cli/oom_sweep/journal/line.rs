//! One line of a journal: JSON with a checksum, `{"sum":"<16 digits>","entry":…}`.
//!
//! The sum covers the bytes of the entry as written, so damage is detected before the entry is
//! parsed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::harness::report::{Origin, Report, SCHEMA, Tool};
use crate::harness::sweep::{Event, Identity};

const START: &str = "{\"sum\":\"";
const MIDDLE: &str = "\",\"entry\":";
const END: &str = "}";

/// The content of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// The first line: which tool writes the journal, for which code.
    Header {
        schema: u32,
        tool: Tool,
        origin: Origin,
    },
    /// A sweep starts or continues; the events after it belong to it.
    Begin {
        sweep: String,
        subject: String,
        identity: Identity,
    },
    Event(Box<Event>),
    /// A sweep has ended.
    End {
        sweep: String,
        subject: String,
        report: Box<Report>,
    },
}

impl Line {
    pub(super) fn header(origin: &Origin) -> Self {
        Self::Header { schema: SCHEMA, tool: Tool::this(), origin: origin.clone() }
    }

    /// Returns the text of the line, with its newline.
    ///
    /// # Errors
    /// In one line, if a value cannot be JSON.
    pub(super) fn to_text(&self) -> Result<String, String> {
        let entry = serde_json::to_string(self).map_err(|error| error.to_string())?;
        Ok(format!("{START}{:016x}{MIDDLE}{entry}{END}\n", sum(&entry)))
    }

    /// Parses a line without its newline.
    ///
    /// # Errors
    /// If it is damaged.
    pub(super) fn read(text: &[u8]) -> Result<Self, Damage> {
        let text = str::from_utf8(text).map_err(|_| Damage::Bytes)?;
        let entry = entry(text).ok_or(Damage::Bytes)?;
        serde_json::from_str(entry).map_err(|error| {
            // The bytes are as they were written, so another version wrote them.
            let value: Option<Value> = serde_json::from_str(entry).ok();
            let schema = value.and_then(|value| value.get("header")?.get("schema")?.as_u64());
            Damage::Meaning(match schema {
                Some(schema) if schema != u64::from(SCHEMA) => another_schema(schema),
                _ => error.to_string(),
            })
        })
    }
}

/// Why a line cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// Its bytes are not as they were written.
    Bytes,
    /// Its bytes are right, but this version cannot read it.
    Meaning(String),
}

/// Returns the entry of a line whose sum is right.
fn entry(text: &str) -> Option<&str> {
    let (digits, rest) = text.strip_prefix(START)?.split_at_checked(16)?;
    let entry = rest.strip_prefix(MIDDLE)?.strip_suffix(END)?;
    (digits == format!("{:016x}", sum(entry))).then_some(entry)
}

/// FNV-1a with 64 bits: it must detect damage, not forgery.
fn sum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn another_schema(schema: u64) -> String {
    format!(
        "the journal has schema {schema}, and this version of oom-sweep reads schema {SCHEMA}: \
         resume it with the version that wrote it, or name another journal"
    )
}

/// Checks that verdicts on one code hold for the other. Only the same build is sure to be the same.
pub(super) fn same_code(there: &Origin, here: &Origin) -> Result<(), String> {
    let part = |what: &str, there: Option<&str>, here: Option<&str>| {
        let (there, here) = (there.unwrap_or("unknown"), here.unwrap_or("unknown"));
        format!(
            "the journal is of another {what}: it has {there}, this is {here}; name another journal"
        )
    };
    match (there.build(), here.build()) {
        (Some(one), Some(other)) if one == other => Ok(()),
        _ if there.commit() != here.commit() => Err(part("commit", there.commit(), here.commit())),
        (one, other) => Err(part("build", one, other)),
    }
}

/// Describes the requests and plans of a sweep in short.
pub(super) fn describe(identity: &Identity) -> String {
    let Identity { baseline, shard, plans } = identity;
    let shard = shard.as_ref().map_or_else(String::new, |shard| format!(", shard {shard}"));
    format!("baseline {baseline}, {plans} plans{shard}")
}
