//! The functions of a WebAssembly module: the type and the name of each.
//!
//! Relies on `wasmparser`. Reads imports, the function section and the names of functions;
//! section by section it looks at the framing of the rest, and does not validate it. Takes memory
//! in proportion to the bytes that it has read, whatever counts they announce.

use wasmparser::{Encoding, KnownCustom, Name, Parser, Payload, TypeRef};

/// A module with more is no input for a sweep, which runs all of it for each of its requests.
const MOST_FUNCTIONS: usize = 100_000;

/// A function, imported or defined, at its place in the index space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Function {
    /// The index of its type.
    pub(super) ty: u32,
    pub(super) name: Option<String>,
}

/// The functions of the module, or one line that says what is wrong with it, and where.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Function>, String> {
    let mut functions = Functions::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(line)? {
            Payload::Version { encoding: Encoding::Component, range, .. } => {
                return Err(at("a component, where a module should be", range.start));
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports_with_offsets() {
                    let (offset, import) = import.map_err(line)?;
                    if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import.ty {
                        functions.push(ty, offset)?;
                    }
                }
            }
            Payload::FunctionSection(types) => {
                for ty in types.into_iter_with_offsets() {
                    let (offset, ty) = ty.map_err(line)?;
                    functions.push(ty, offset)?;
                }
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    functions.read_names(names)?;
                }
            }
            _ => {}
        }
    }
    functions.named()
}

/// What has been read so far.
#[derive(Default)]
struct Functions<'a> {
    types: Vec<u32>,
    /// Index, name, and where it stands. Nothing says yet that there is such a function.
    names: Vec<(u32, &'a str, u64)>,
}

impl<'a> Functions<'a> {
    fn push(&mut self, ty: u32, offset: u64) -> Result<(), String> {
        if self.types.len() == MOST_FUNCTIONS {
            return Err(at(&format!("more than {MOST_FUNCTIONS} functions"), offset));
        }
        self.types.push(ty);
        Ok(())
    }

    fn read_names(&mut self, section: wasmparser::NameSectionReader<'a>) -> Result<(), String> {
        for subsection in section {
            let Name::Function(mut names) = subsection.map_err(line)? else { continue };
            loop {
                let offset = names.names.original_position();
                let Some(naming) = names.next() else { break };
                let naming = naming.map_err(line)?;
                self.names.push((naming.index, naming.name, offset));
            }
        }
        Ok(())
    }

    /// Brings types and names together. Of two names the later counts.
    fn named(self) -> Result<Vec<Function>, String> {
        let mut functions: Vec<Function> =
            self.types.into_iter().map(|ty| Function { ty, name: None }).collect();
        for (index, name, offset) in self.names {
            let count = functions.len();
            match usize::try_from(index).ok().and_then(|index| functions.get_mut(index)) {
                Some(function) => function.name = Some(name.into()),
                None => {
                    let what = format!("a name for function {index}, where there are {count}");
                    return Err(at(&what, offset));
                }
            }
        }
        Ok(functions)
    }
}

fn line(error: wasmparser::Error) -> String {
    at(error.message(), error.offset())
}

/// One line, whatever the message quotes.
fn at(message: &str, offset: u64) -> String {
    format!("{} (at offset {offset:#x})", message.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"\0asm\x01\0\0\0";

    fn module(sections: &[&[u8]]) -> Vec<u8> {
        [HEADER, &sections.concat()].concat()
    }

    /// `count` functions of types 0, 2, 4, …, with empty bodies.
    fn functions(count: u8) -> Vec<u8> {
        let mut sections = vec![3, count + 1, count];
        sections.extend((0..count).map(|i| i * 2));
        sections.extend([10, 3 * count + 1, count]);
        sections.extend([2, 0, 0x0b].repeat(count.into()));
        sections
    }

    /// A name section with these names of functions.
    fn names(names: &[(u8, &str)]) -> Vec<u8> {
        let mut map = vec![names.len() as u8];
        for (index, name) in names {
            map.extend([*index, name.len() as u8]);
            map.extend(name.as_bytes());
        }
        let mut section = vec![0, map.len() as u8 + 7, 4];
        section.extend(b"name");
        section.extend([1, map.len() as u8]);
        section.extend(map);
        section
    }

    #[test]
    fn types_and_names_come_together() {
        let module = module(&[&functions(3), &names(&[(0, "a"), (2, "")])]);
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            read(&module),
            Ok(vec![
                Function { ty: 0, name: name("a") },
                Function { ty: 2, name: None },
                Function { ty: 4, name: name("") },
            ])
        );
        assert_eq!(read(HEADER), Ok(vec![]));
    }

    #[test]
    fn imported_functions_come_first() {
        let imports = [2, 8, 1, 1, b'm', 1, b'f', 0, 9, 0];
        // The last byte is one too many for the section's single import.
        assert!(read(&module(&[&imports])).is_err());
        let imports = [2, 7, 1, 1, b'm', 1, b'f', 0, 9];
        let types: Vec<u32> = read(&module(&[&imports, &functions(2)]))
            .unwrap()
            .into_iter()
            .map(|function| function.ty)
            .collect();
        assert_eq!(types, [9, 0, 2]);
    }

    #[test]
    fn what_is_wrong_is_one_line_with_an_offset() {
        let huge_count = [3, 5, 0xff, 0xff, 0xff, 0xff, 0x0f];
        let many = [3, 6, 0xff, 0xff, 0xff, 0xff, 0x0f, 0];
        let cases: &[(&[u8], &str)] = &[
            (b"\0asm", "unexpected end-of-file (at offset 0x4)"),
            (b"\0asm\x0d\0\x01\0", "a component, where a module should be (at offset 0x0)"),
            (&module(&[&huge_count]), "(at offset 0xf)"),
            (&module(&[&many]), "(at offset 0x10)"),
            (
                &module(&[&names(&[(3, "f")]), &functions(3)]),
                "a name for function 3, where there are 3 (at offset 0x12)",
            ),
            (
                &module(&[&functions(3), &names(&[(1, "f"), (0, "g")])]),
                "names out of order (at offset 0x27)",
            ),
        ];
        for (bytes, expected) in cases {
            let error = read(bytes).expect_err(expected);
            assert!(error.ends_with(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
