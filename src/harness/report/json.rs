//! Reports for programs: the documents that are written and read as JSON, [`Document`],
//! [`FindingDocument`] and [`KnownDocument`].
//!
//! [`JSON_SCHEMA`] describes their shape. It is written by hand, and tests compare the two. A
//! document names the tool that wrote it, and a reader accepts only its own [`SCHEMA`] version.
//! Plans and sites are written as text. This file depends on serde, but on no format: `file` reads
//! and writes files of JSON.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{KnownFinding, KnownFindings, Ranges, Report, Series, Shard};
use crate::harness::oracle::Finding;

/// The version of the documents' shape. It grows when a reader of the old version would misread the
/// new one.
pub const SCHEMA: u32 = 2;

/// The JSON Schema (draft 2020-12) of [`Document`], [`FindingDocument`] and [`KnownDocument`], as
/// they are written.
///
/// It is strict: documents have no fields that it does not describe. It marks the fields that
/// reading ignores because they follow from others: `outcome`, `clean` and `complete`.
///
/// ```
/// assert!(oom_sweep::report::JSON_SCHEMA.contains("https://json-schema.org/draft/2020-12/schema"));
/// ```
pub const JSON_SCHEMA: &str = include_str!("schema.json");

/// The reports of some sweeps as one document.
///
/// ```
/// use oom_sweep::report::{Document, SCHEMA};
///
/// let document = Document::new(vec![]);
/// assert_eq!((document.schema, document.tool.name.as_str()), (SCHEMA, "oom-sweep"));
///
/// let file = std::env::temp_dir().join(format!("oom-sweep-{}.json", std::process::id()));
/// document.write(&file)?;
/// assert_eq!(Document::read(&file)?, document);
/// # let _ = std::fs::remove_file(file);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The version of the shape: [`SCHEMA`].
    #[serde(deserialize_with = "this_schema")]
    pub schema: u32,
    /// The tool that wrote it.
    pub tool: Tool,
    /// A report for each sweep, in the order in which they ran.
    pub reports: Vec<Report>,
}

impl Document {
    /// Makes a document of this version, written by this tool.
    #[must_use]
    pub fn new(reports: Vec<Report>) -> Self {
        Self { schema: SCHEMA, tool: Tool::this(), reports }
    }
}

/// One finding as a document, for a replay.
///
/// ```
/// use oom_sweep::FindingKind;
/// use oom_sweep::report::{FindingDocument, KnownDocument, KnownFinding, KnownFindings};
///
/// // A sweep makes findings; here is the JSON of one.
/// let finding = serde_json::json!({
///     "kind": "Leaked", "status": "new", "message": "1 block left", "plans": ["nth:3/succeed"],
///     "temperatures": ["warm"], "request": null, "step": null, "stack": [], "site": null,
///     "returned": null, "view": null, "afterwards": null, "died_at": [], "replay": "",
/// });
/// let document = FindingDocument::new("grow", serde_json::from_value(finding).unwrap());
/// assert_eq!((document.sweep.as_str(), document.finding.kind()), ("grow", FindingKind::Leaked));
///
/// let known = KnownFindings::from(vec![KnownFinding {
///     sweep: document.sweep.clone(),
///     kind: document.finding.kind(),
///     site: document.finding.site(),
///     message: document.finding.message().to_owned(),
/// }]);
/// assert_eq!(KnownDocument::new(&known).known, known.as_slice());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingDocument {
    /// The version of the shape: [`SCHEMA`].
    #[serde(deserialize_with = "this_schema")]
    pub schema: u32,
    /// The tool that wrote it.
    pub tool: Tool,
    /// The name of the sweep that found it.
    pub sweep: String,
    /// The finding.
    pub finding: Finding,
}

impl FindingDocument {
    /// Makes a document of this version, written by this tool.
    #[must_use]
    pub fn new(sweep: impl Into<String>, finding: Finding) -> Self {
        Self { schema: SCHEMA, tool: Tool::this(), sweep: sweep.into(), finding }
    }
}

/// A list of known findings as a document. [`FindingDocument`] has an example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownDocument {
    /// The version of the shape: [`SCHEMA`].
    #[serde(deserialize_with = "this_schema")]
    pub schema: u32,
    /// The tool that wrote it.
    pub tool: Tool,
    /// The findings.
    pub known: Vec<KnownFinding>,
}

impl KnownDocument {
    /// Makes a document of this version, written by this tool.
    #[must_use]
    pub fn new(known: &KnownFindings) -> Self {
        Self { schema: SCHEMA, tool: Tool::this(), known: known.as_slice().to_vec() }
    }
}

/// The tool that wrote a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `oom-sweep`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    pub(crate) fn this() -> Self {
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        Self { name: name.to_owned(), version: version.to_owned() }
    }
}

fn this_schema<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        SCHEMA => Ok(SCHEMA),
        other => Err(serde::de::Error::custom(format_args!(
            "schema {other}, but this version reads schema {SCHEMA}"
        ))),
    }
}

/// By hand, for three fields that follow from the others: readers need not know the rules.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Name every field, so that the compiler reports one that is missing here.
        let Self {
            name,
            executor,
            strategy,
            after,
            shard,
            requests,
            sites,
            site_ids,
            profile,
            coverage,
            plans,
            all_plans,
            runs,
            cold,
            tolerated,
            tolerances,
            findings,
            notes,
            empty,
            error,
            origin,
            elapsed,
            printed: _,
        } = self;
        let mut fields = serializer.serialize_struct("Report", 25)?;
        fields.serialize_field("name", name)?;
        fields.serialize_field("outcome", &self.outcome())?;
        fields.serialize_field("clean", &self.is_clean())?;
        fields.serialize_field("complete", &self.is_complete())?;
        fields.serialize_field("executor", executor)?;
        fields.serialize_field("strategy", strategy)?;
        fields.serialize_field("after", after)?;
        fields.serialize_field("shard", shard)?;
        fields.serialize_field("requests", requests)?;
        fields.serialize_field("sites", sites)?;
        fields.serialize_field("site_ids", site_ids)?;
        fields.serialize_field("profile", profile)?;
        fields.serialize_field("coverage", coverage)?;
        fields.serialize_field("plans", plans)?;
        fields.serialize_field("all_plans", all_plans)?;
        fields.serialize_field("runs", runs)?;
        fields.serialize_field("cold", cold)?;
        fields.serialize_field("tolerated", tolerated)?;
        fields.serialize_field("tolerances", tolerances)?;
        fields.serialize_field("findings", findings)?;
        fields.serialize_field("notes", notes)?;
        fields.serialize_field("empty", empty)?;
        fields.serialize_field("error", error)?;
        fields.serialize_field("origin", origin)?;
        fields.serialize_field("elapsed_ms", &millis::from_duration(*elapsed))?;
        fields.end()
    }
}

/// Types that serialise as their text.
macro_rules! as_text {
    ($($value:ty),*) => {$(
        impl Serialize for $value {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

as_text!(Ranges, Series, Shard);

/// A duration as a number of milliseconds, with as many decimals as it needs.
///
/// Nanoseconds survive up to ten days, whatever number parser reads them. Longer durations are read
/// as whole milliseconds, since such a number holds no more: they are written as they were read.
pub(super) mod millis {
    use std::time::Duration;

    /// About twelve days.
    const COARSE: f64 = (1_u64 << 30) as f64;

    use serde::{Deserialize, Deserializer, de};

    pub(crate) fn from_duration(duration: Duration) -> f64 {
        duration.as_nanos() as f64 / 1e6
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let millis = f64::deserialize(from)?;
        if (COARSE..u64::MAX as f64 / 1e6).contains(&millis) {
            return Ok(Duration::from_millis(millis.round() as u64));
        }
        let nanos = (millis * 1e6).round();
        // Not `Duration::from_secs_f64`: a division by 1000 would round once more.
        if (0.0..u64::MAX as f64).contains(&nanos) {
            return Ok(Duration::from_nanos(nanos as u64));
        }
        Err(de::Error::custom(format_args!("{millis} is not a duration in milliseconds")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{from_value, json, to_value};

    use super::*;
    use crate::harness::report::samples;

    #[test]
    fn documents_round_trip_and_are_as_the_schema_says() {
        let schema = serde_json::from_str(JSON_SCHEMA).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let document = Document::new(samples::varied());
        let value = to_value(&document).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0]);
        assert_eq!(from_value::<Document>(value).unwrap(), document);

        let document = FindingDocument::new("memory::grow", samples::panicked());
        let value = to_value(&document).unwrap();
        assert!(validator.is_valid(&value));
        assert_eq!(from_value::<FindingDocument>(value).unwrap(), document);

        let document = KnownDocument::new(&KnownFindings::of(&samples::varied()));
        let value = to_value(&document).unwrap();
        assert!(validator.is_valid(&value));
        assert_eq!(from_value::<KnownDocument>(value).unwrap(), document);
    }

    #[test]
    fn a_report_reads_well() {
        let value = to_value(samples::example()).unwrap();
        assert_eq!(value["outcome"], "fail");
        assert_eq!((&value["clean"], &value["complete"]), (&json!(false), &json!(true)));
        assert_eq!(value["elapsed_ms"], json!(41.25));
        assert_eq!(value["cold"], "same_as_warm");
        let finding = &value["findings"][0];
        assert_eq!(finding["plans"][0], "nth:17/fail-all");
        assert_eq!(finding["site"], "9f3c21d0");
        assert_eq!(finding["kind"], "PartialUpdate");
        assert_eq!(finding["request"]["operation"], "realloc");
    }

    #[test]
    fn derived_fields_are_not_read() {
        let mut value = to_value(samples::example()).unwrap();
        for field in ["outcome", "clean", "complete"] {
            value[field] = json!("anything");
        }
        assert_eq!(from_value::<Report>(value).unwrap(), samples::example());
    }

    #[test]
    fn invalid_values_are_refused() {
        let refusal = |field: &str, value: serde_json::Value| {
            let mut report = to_value(samples::example()).unwrap();
            *report.pointer_mut(field).unwrap() = value;
            from_value::<Report>(report).unwrap_err().to_string()
        };
        assert_eq!(refusal("/findings/0/plans", json!([])), "a finding needs at least one plan");
        assert!(
            refusal("/findings/0/plans/1", json!("nth:x")).starts_with("plan \"nth:x\": expected")
        );
        assert_eq!(refusal("/elapsed_ms", json!(-1)), "-1 is not a duration in milliseconds");
        assert!(
            refusal("/elapsed_ms", json!(1e300)).ends_with("is not a duration in milliseconds")
        );

        let mut document = to_value(Document::new(vec![])).unwrap();
        document["schema"] = json!(1);
        let error = from_value::<Document>(document).unwrap_err().to_string();
        assert_eq!(error, "schema 1, but this version reads schema 2");
    }

    proptest! {
        #[test]
        fn elapsed_time_round_trips_through_text(nanos in 0..10 * 24 * 3600 * 1_000_000_000_u64) {
            let elapsed = std::time::Duration::from_nanos(nanos);
            let report = Report { elapsed, ..samples::clean() };
            let text = serde_json::to_string(&report).unwrap();
            prop_assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        }

        /// Any number that a file may contain.
        #[test]
        fn any_elapsed_time_is_written_as_it_was_read(
            millis in prop_oneof![
                // A number that parsers round.
                Just(4_327_014_489.040_382),
                0.0..1e6_f64,
                1e8..1e10_f64,
                1e10..2e13_f64,
            ],
        ) {
            let mut value = to_value(samples::clean()).unwrap();
            value["elapsed_ms"] = json!(millis);
            if let Ok(report) = from_value::<Report>(value) {
                let text = serde_json::to_string(&report).unwrap();
                prop_assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
            }
        }
    }
}
