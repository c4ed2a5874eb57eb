//! Builds modules byte by byte that no tool would write.

pub(crate) const TYPES: u8 = 1;
pub(crate) const FUNC: u8 = 0x60;
pub(crate) const STRUCT: u8 = 0x5f;
pub(crate) const ARRAY: u8 = 0x5e;
pub(crate) const REC: u8 = 0x4e;
pub(crate) const SUB: u8 = 0x50;
pub(crate) const REF_NULL: u8 = 0x63;
pub(crate) const I32: u8 = 0x7f;

/// A number in LEB128, as in the binary format.
pub(crate) fn leb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A type reference, or another non-negative number of 33 bits.
pub(crate) fn index(number: u32) -> Vec<u8> {
    let mut bytes = leb(number);
    // Bit 6 of the last byte is the sign.
    if let Some(last) = bytes.last_mut()
        && *last & 0x40 != 0
    {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}

/// A section that announces `count` items, with any content.
pub(crate) fn section(id: u8, count: u32, items: &[u8]) -> Vec<u8> {
    let count = leb(count);
    [vec![id], leb((count.len() + items.len()) as u32), count, items.to_vec()].concat()
}

pub(crate) fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [&b"\0asm\x01\0\0\0"[..], &sections.concat()].concat()
}

/// A module with a type section that announces `count` types, with any content.
pub(crate) fn types(count: u32, items: &[u8]) -> Vec<u8> {
    module(&[section(TYPES, count, items)])
}

/// Converts a module from the text format.
pub(crate) fn text(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {text})")).unwrap()
}
