//! Modules byte by byte: those that no tool would write.

pub(crate) const TYPES: u8 = 1;
pub(crate) const FUNC: u8 = 0x60;
pub(crate) const STRUCT: u8 = 0x5f;
pub(crate) const ARRAY: u8 = 0x5e;
pub(crate) const REC: u8 = 0x4e;
pub(crate) const SUB: u8 = 0x50;
pub(crate) const REF_NULL: u8 = 0x63;
pub(crate) const I32: u8 = 0x7f;

/// A number as the format has it.
pub(crate) fn leb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A reference to a type, or another number of 33 bits that is no negative one.
pub(crate) fn index(number: u32) -> Vec<u8> {
    let mut bytes = leb(number);
    // The last byte's second bit is the sign.
    if let Some(last) = bytes.last_mut()
        && *last & 0x40 != 0
    {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}

/// A section with so many items, whatever it has.
pub(crate) fn section(id: u8, count: u32, items: &[u8]) -> Vec<u8> {
    let count = leb(count);
    [vec![id], leb((count.len() + items.len()) as u32), count, items.to_vec()].concat()
}

pub(crate) fn module(sections: &[Vec<u8>]) -> Vec<u8> {
    [&b"\0asm\x01\0\0\0"[..], &sections.concat()].concat()
}

/// A module with a section of so many types, whatever it has.
pub(crate) fn types(count: u32, items: &[u8]) -> Vec<u8> {
    module(&[section(TYPES, count, items)])
}

/// A module in the text format.
pub(crate) fn text(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {text})")).unwrap()
}
