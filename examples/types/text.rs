//! Prints a [`Summary`] for people: its groups, then what modules share, then sizes.
//!
//! It prints only what a type's definition does not show: a function that is its own trampoline
//! type gets no line about it.

use std::fmt::{self, Display, Formatter};

use super::summary::{Bytes, Field, Group, Layout, Summary, Totals, Type};
use oom_sweep::registry::TypeLayout;

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_groups(f, &self.groups, self.modules.len() > 1)?;
        write_modules(f, self)?;
        write_bytes(f, &self.bytes)
    }
}

/// Writes a line for each type, and one for its notes.
fn write_groups(f: &mut Formatter<'_>, groups: &[Group], has_modules: bool) -> fmt::Result {
    let indices = groups.iter().flat_map(|group| &group.types).map(|ty| ty.index);
    let width = format!("type{}", indices.max().unwrap_or(0)).len();
    let modules = if has_modules { "modules  " } else { "" };
    writeln!(f, "uses  {modules}{:width$}  definition", "type")?;
    for group in groups {
        let (first, last) = (0, group.types.len().saturating_sub(1));
        let mut head = match group.uses {
            0 => format!("{:>4}  ", "-"),
            uses => format!("{uses:>4}  "),
        };
        if has_modules {
            head += &match group.modules {
                0 => format!("{:>7}  ", "-"),
                modules => format!("{modules:>7}  "),
            };
        }
        if group.types.is_empty() {
            writeln!(f, "{head}{:width$}  (rec)", "")?;
        }
        for (place, ty) in group.types.iter().enumerate() {
            let name = format!("type{}", ty.index);
            let (open, close) = match last {
                0 => ("", ""),
                _ if place == first => ("(rec ", ""),
                _ if place == last => ("     ", ")"),
                _ => ("     ", ""),
            };
            writeln!(f, "{head}{name:width$}  {open}{}{close}", ty.definition)?;
            head = " ".repeat(head.len());
            if let Some(notes) = notes(ty) {
                let indent = " ".repeat(width + 4 + open.len());
                writeln!(f, "{head}{indent}{notes}")?;
            }
        }
    }
    Ok(())
}

/// Returns what a type's definition does not show.
fn notes(ty: &Type) -> Option<String> {
    let mut notes = Vec::new();
    if !ty.supertypes.is_empty() {
        let above: Vec<_> =
            ty.supertypes.iter().rev().map(|above| format!("type{above}")).collect();
        notes.push(format!("below {}", above.join(", ")));
    }
    notes.extend(ty.trampoline.map(|to| format!("called through type{to}")));
    let is_array = ty.kind == "array";
    notes.extend(ty.layout.as_ref().map(|of| layout(of, is_array)));
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// Writes `24 bytes, fields at 8 (ref), 16`; for an array, where its elements start.
fn layout(layout: &Layout, is_array: bool) -> String {
    let field = |field: &Field| match field.is_reference {
        true => format!("{} (ref)", field.offset),
        false => field.offset.to_string(),
    };
    let fields = layout.fields.iter().map(field).collect::<Vec<_>>().join(", ");
    let mut text = match (is_array, layout.fields.len()) {
        (true, _) => format!("elements from {fields}"),
        (false, 0) => format!("{} bytes", layout.size),
        (false, 1) => format!("{} bytes, field at {fields}", layout.size),
        (false, _) => format!("{} bytes, fields at {fields}", layout.size),
    };
    if layout.align != TypeLayout::HEADER {
        text += &format!(", aligned to {}", layout.align);
    }
    text
}

fn write_modules(f: &mut Formatter<'_>, summary: &Summary) -> fmt::Result {
    let totals = &summary.totals;
    let has_others = summary.modules.len() > 1;
    let mut rows = vec![row(["module", "types", "groups", "distinct", "shared", "added"])];
    rows.extend(summary.modules.iter().map(|module| {
        let numbers = [module.types, module.groups, module.distinct, module.shared, module.added];
        numbered(&module.file, numbers)
    }));
    if has_others {
        let shared = summary.groups.iter().filter(|group| group.modules > 1);
        let shared = shared.map(|group| group.types.len()).sum();
        let distinct = totals.distinct_types;
        rows.push(numbered("all", [totals.types, totals.groups, distinct, shared, distinct]));
    } else {
        // A single module shares nothing, and adds everything.
        rows.iter_mut().for_each(|row| row.truncate(4));
    }
    writeln!(f, "\n{}", Columns(&rows))?;
    let &Totals { distinct_types, distinct_groups, trampolines_added, .. } = totals;
    write!(f, "{distinct_types} distinct types in {distinct_groups} groups")?;
    match trampolines_added {
        0 => writeln!(f, "; no trampoline types were added"),
        1 => writeln!(f, "; 1 trampoline type was added"),
        many => writeln!(f, "; {many} trampoline types were added"),
    }
}

fn write_bytes(f: &mut Formatter<'_>, bytes: &[Bytes]) -> fmt::Result {
    let mut rows = vec![row([
        "bytes",
        "types",
        "groups",
        "supertypes",
        "trampolines",
        "layouts",
        "group set",
        "drop stack",
        "total",
        "per type",
    ])];
    rows.extend(bytes.iter().map(|bytes| {
        let tables = [
            bytes.types,
            bytes.groups,
            bytes.supertypes,
            bytes.trampolines,
            bytes.layouts,
            bytes.group_set,
            bytes.drop_stack,
            bytes.total,
        ];
        let mut row = numbered(bytes.layout, tables);
        row.push(format!("{:.1}", bytes.per_type));
        row
    }));
    write!(f, "\n{}", Columns(&rows))
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).into()
}

fn numbered<const N: usize>(name: &str, numbers: [usize; N]) -> Vec<String> {
    [name.to_owned()].into_iter().chain(numbers.map(|number| number.to_string())).collect()
}

/// Rows with the same number of cells: the first is aligned left, the others right.
struct Columns<'a>(&'a [Vec<String>]);

impl Display for Columns<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let columns = self.0.first().map_or(0, Vec::len);
        let width = |column: usize| self.0.iter().map(|row| row[column].chars().count()).max();
        let widths: Vec<usize> = (0..columns).filter_map(width).collect();
        for (index, row) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            for (column, cell) in row.iter().enumerate() {
                match column {
                    0 => write!(f, "{cell:<0$}", widths[0])?,
                    _ => write!(f, "  {cell:>0$}", widths[column])?,
                }
            }
        }
        Ok(())
    }
}
