//! Refuses modules that announce more items than they have bytes, before the parser reserves memory
//! for them.
//!
//! `wasmparser` trusts a module about the number of items in a section and of types in a group, up
//! to a limit of a million. Its failed requests abort, so a few bytes of input must not cause large
//! requests. All other memory that it reserves in advance is at most some thousands of bytes.

use super::ModuleError;
use wasmparser::{BinaryReader, Payload, SectionLimited, SubType};

/// The first byte of an explicit recursion group.
const REC: u8 = 0x4e;

/// Checks that the payload has at least one byte for each item that it announces. The payload is
/// part of `bytes`.
///
/// O(size of the type section), and O(1) for others.
pub(super) fn check_announced(payload: &Payload<'_>, bytes: &[u8]) -> Result<(), ModuleError> {
    match payload {
        Payload::TypeSection(section) => {
            check_section(section, "types")?;
            check_groups(section, bytes)
        }
        Payload::ImportSection(section) => check_section(section, "imports"),
        Payload::FunctionSection(section) => check_section(section, "functions"),
        Payload::TableSection(section) => check_section(section, "tables"),
        Payload::MemorySection(section) => check_section(section, "memories"),
        Payload::TagSection(section) => check_section(section, "tags"),
        Payload::GlobalSection(section) => check_section(section, "globals"),
        Payload::ExportSection(section) => check_section(section, "exports"),
        Payload::ElementSection(section) => check_section(section, "element segments"),
        Payload::DataSection(section) => check_section(section, "data segments"),
        _ => Ok(()),
    }
}

fn check_section<T>(section: &SectionLimited<'_, T>, what: &str) -> Result<(), ModuleError> {
    let start = section.original_position();
    check_count(section.count(), what, section.range().end - start, start)
}

fn check_groups<T>(section: &SectionLimited<'_, T>, bytes: &[u8]) -> Result<(), ModuleError> {
    let (start, end) = (section.original_position(), section.range().end);
    let mut reader = BinaryReader::new(&bytes[start as usize..end as usize], start);
    for _ in 0..section.count() {
        let mut types = 1;
        if reader.clone().read_u8()? == REC {
            reader.read_u8()?;
            types = reader.read_var_u32()?;
            let left = reader.bytes_remaining() as u64;
            check_count(types, "types of one group", left, reader.original_position())?;
        }
        for _ in 0..types {
            reader.read::<SubType>()?;
        }
    }
    Ok(())
}

/// Each item takes at least one byte.
fn check_count(count: u32, what: &str, bytes: u64, offset: u64) -> Result<(), ModuleError> {
    if u64::from(count) <= bytes {
        return Ok(());
    }
    let message = format!("{count} {what} are announced, and {bytes} bytes are left for them");
    Err(ModuleError::Refused { offset, message })
}
