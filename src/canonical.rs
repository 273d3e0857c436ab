//! Canonical bytes: any value that can be serialised as one sequence of bytes, and the way back from a byte to a field.
//!
//! The bytes are for digests and comparisons, not for storage: numbers with the little end first, floats by their bits,
//! a mark before every element of a list and another behind the last. Whatever derives `Serialize` is covered, field by
//! field, with nothing to keep in step. There are no lengths in front, so that a table with one row more parts at that
//! row, not at its beginning.

use serde::Serialize;
use serde::ser::{self, Impossible};

/// Appends the canonical bytes of a value.
///
/// # Panics
/// If the value holds a map: nothing that is simulated may, since a map's order is nobody's choice.
pub fn bytes_into(value: &impl Serialize, bytes: &mut Vec<u8>) {
    let done = value.serialize(&mut Writer { bytes, trail: None, digest: None });
    assert!(done.is_ok(), "{}", done.err().map_or_else(String::new, |error| error.0));
}

/// Adds the canonical bytes of a value to a digest, without ever holding all of them: they take as much memory as the value.
///
/// # Panics
/// Like [`bytes_into`].
pub fn digest_into(value: &impl Serialize, digest: &mut blake3::Hasher) {
    let mut bytes = Vec::with_capacity(2 * SPILL);
    let done = value.serialize(&mut Writer { bytes: &mut bytes, trail: None, digest: Some(digest) });
    assert!(done.is_ok(), "{}", done.err().map_or_else(String::new, |error| error.0));
    digest.update(&bytes);
}

/// Hands bytes on to a digest once there are enough of them for it to be quick and few enough for the nearest caches.
pub fn spill(bytes: &mut Vec<u8>, digest: &mut blake3::Hasher) {
    if bytes.len() >= SPILL {
        digest.update(bytes);
        bytes.clear();
    }
}

/// Appends 64-bit words, little end first: one stretch of memory at a time, where one word at a time would ask for room
/// at each.
pub fn words_into(words: impl ExactSizeIterator<Item = u64>, bytes: &mut Vec<u8>) {
    let at = bytes.len();
    bytes.resize(at + 8 * words.len(), 0);
    for (place, word) in bytes[at..].as_chunks_mut().0.iter_mut().zip(words) {
        *place = word.to_le_bytes();
    }
}

/// Bytes that wait before they go into a digest.
const SPILL: usize = 1 << 16;

/// The canonical bytes of a value.
///
/// # Panics
/// Like [`bytes_into`].
#[must_use]
pub fn bytes(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes_into(value, &mut bytes);
    bytes
}

/// A value inside another: its path, such as `orgs[3].staff[0]`, and itself in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Names of fields, and places in lists.
    pub path: String,
    /// The value; `there` or `nothing` for a list that has an element where another has none.
    pub value: String,
}

/// The value that the byte `at` of the canonical bytes belongs to; `None` behind the end.
///
/// # Panics
/// Like [`bytes_into`].
#[must_use]
pub fn leaf_at(value: &impl Serialize, at: usize) -> Option<Leaf> {
    let mut bytes = Vec::new();
    let mut trail = Trail { steps: Vec::new(), at, found: None };
    // Found is reported as an error, which ends the walk.
    let _ = value.serialize(&mut Writer { bytes: &mut bytes, trail: Some(&mut trail), digest: None });
    trail.found
}

/// Where the canonical bytes of two values part: the byte, if they do.
#[must_use]
pub fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    a.iter().zip(b).position(|(a, b)| a != b).or_else(|| (a.len() != b.len()).then(|| a.len().min(b.len())))
}

/// Why a walk ended: a map, or the byte that was looked for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Stop(String);

impl ser::Error for Stop {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

struct Trail {
    steps: Vec<Step>,
    at: usize,
    found: Option<Leaf>,
}

enum Step {
    Field(&'static str),
    Place(usize),
}

impl Trail {
    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Field(name) if path.is_empty() => path.push_str(name),
                Step::Field(name) => path.extend([".", name]),
                Step::Place(place) => path.push_str(&format!("[{place}]")),
            }
        }
        path
    }
}

struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
    trail: Option<&'a mut Trail>,
    /// Where the bytes go when they are many, if they are for a digest.
    digest: Option<&'a mut blake3::Hasher>,
}

impl Writer<'_> {
    #[inline]
    fn put(&mut self, bytes: &[u8], shown: &dyn std::fmt::Display) -> Result<(), Stop> {
        self.bytes.extend_from_slice(bytes);
        if self.trail.is_some() { self.look_for(shown) } else { Ok(()) }
    }

    /// Whether the byte that is looked for has just been written.
    #[cold]
    fn look_for(&mut self, shown: &dyn std::fmt::Display) -> Result<(), Stop> {
        match &mut self.trail {
            Some(trail) if self.bytes.len() > trail.at => {
                trail.found = Some(Leaf { path: trail.path(), value: shown.to_string() });
                Err(Stop("found".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Bytes that have become many go on to the digest: asked after each element of a list, as nothing else grows.
    #[inline]
    fn pass_on(&mut self) {
        if let Some(digest) = &mut self.digest {
            spill(self.bytes, digest);
        }
    }

    #[inline]
    fn step(&mut self, step: Step, value: &(impl Serialize + ?Sized)) -> Result<(), Stop> {
        if let Some(trail) = &mut self.trail {
            trail.steps.push(step);
        }
        value.serialize(&mut *self)?;
        if let Some(trail) = &mut self.trail {
            trail.steps.pop();
        }
        Ok(())
    }
}

macro_rules! numbers {
    ($($method:ident $type:ty),*) => {
        $(#[inline]
        fn $method(self, value: $type) -> Result<(), Stop> {
            self.put(&value.to_le_bytes(), &value)
        })*
    };
}

impl<'a, 'b> ser::Serializer for &'a mut Writer<'b> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = List<'a, 'b>;
    type SerializeTuple = List<'a, 'b>;
    type SerializeTupleStruct = List<'a, 'b>;
    type SerializeTupleVariant = List<'a, 'b>;
    type SerializeMap = Impossible<(), Stop>;
    type SerializeStruct = List<'a, 'b>;
    type SerializeStructVariant = List<'a, 'b>;

    numbers!(
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64
    );

    fn serialize_bool(self, value: bool) -> Result<(), Stop> {
        self.put(&[u8::from(value)], &value)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Stop> {
        self.put(&value.to_bits().to_le_bytes(), &value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Stop> {
        self.put(&value.to_bits().to_le_bytes(), &value)
    }

    fn serialize_char(self, value: char) -> Result<(), Stop> {
        self.put(&u32::from(value).to_le_bytes(), &value)
    }

    fn serialize_str(self, value: &str) -> Result<(), Stop> {
        // No text holds this byte.
        self.put(value.as_bytes(), &value)?;
        self.put(&[0xff], &value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Stop> {
        self.put(&(value.len() as u64).to_le_bytes(), &"bytes")?;
        self.put(value, &"bytes")
    }

    fn serialize_none(self) -> Result<(), Stop> {
        self.put(&[0], &"none")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        self.put(&[1], &"some")?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, variant: &'static str) -> Result<(), Stop> {
        self.put(&index.to_le_bytes(), &variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        self.put(&index.to_le_bytes(), &variant)?;
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a, 'b>, Stop> {
        Ok(List { writer: self, place: 0, counted: true })
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a, 'b>, Stop> {
        Ok(List { writer: self, place: 0, counted: false })
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a, 'b>, Stop> {
        Ok(List { writer: self, place: 0, counted: false })
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a, 'b>, Stop> {
        self.put(&index.to_le_bytes(), &variant)?;
        Ok(List { writer: self, place: 0, counted: false })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Stop> {
        Err(Stop("a map has no order of its own and no canonical bytes".to_owned()))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<List<'a, 'b>, Stop> {
        Ok(List { writer: self, place: 0, counted: false })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a, 'b>, Stop> {
        self.put(&index.to_le_bytes(), &variant)?;
        Ok(List { writer: self, place: 0, counted: false })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The parts of a list, tuple or structure, one after another.
struct List<'a, 'b> {
    writer: &'a mut Writer<'b>,
    place: usize,
    /// Whether its length is not known from its type.
    counted: bool,
}

impl List<'_, '_> {
    #[inline]
    fn next(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Stop> {
        if self.counted {
            self.mark(&[1], &"there")?;
        }
        self.writer.step(Step::Place(self.place), value)?;
        self.writer.pass_on();
        self.place += 1;
        Ok(())
    }

    fn close(mut self) -> Result<(), Stop> {
        if self.counted { self.mark(&[0], &"nothing") } else { Ok(()) }
    }

    /// Says, at this place, whether there is an element.
    #[inline]
    fn mark(&mut self, bytes: &[u8], shown: &dyn std::fmt::Display) -> Result<(), Stop> {
        if let Some(trail) = &mut self.writer.trail {
            trail.steps.push(Step::Place(self.place));
        }
        self.writer.put(bytes, shown)?;
        if let Some(trail) = &mut self.writer.trail {
            trail.steps.pop();
        }
        Ok(())
    }
}

impl ser::SerializeSeq for List<'_, '_> {
    type Ok = ();
    type Error = Stop;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.next(value)
    }

    fn end(self) -> Result<(), Stop> {
        self.close()
    }
}

impl ser::SerializeTuple for List<'_, '_> {
    type Ok = ();
    type Error = Stop;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.next(value)
    }

    fn end(self) -> Result<(), Stop> {
        self.close()
    }
}

macro_rules! fields {
    ($($kind:ident),*) => {
        $(impl ser::$kind for List<'_, '_> {
            type Ok = ();
            type Error = Stop;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
                self.next(value)
            }

            fn end(self) -> Result<(), Stop> {
                self.close()
            }
        })*
    };
}

macro_rules! named_fields {
    ($($kind:ident),*) => {
        $(impl ser::$kind for List<'_, '_> {
            type Ok = ();
            type Error = Stop;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Stop> {
                self.writer.step(Step::Field(name), value)
            }

            fn end(self) -> Result<(), Stop> {
                self.close()
            }
        })*
    };
}

fields!(SerializeTupleStruct, SerializeTupleVariant);
named_fields!(SerializeStruct, SerializeStructVariant);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    enum Kind {
        Plain,
        Dated(u16, Option<u16>),
    }

    #[derive(Serialize)]
    struct Row {
        name: String,
        kind: Kind,
        shares: Vec<f64>,
    }

    #[derive(Serialize)]
    struct Table {
        rows: Vec<Row>,
        open: bool,
    }

    fn table() -> Table {
        let row = |name: &str, kind| Row { name: name.to_owned(), kind, shares: vec![0.5, -0.0] };
        Table { rows: vec![row("a", Kind::Plain), row("b", Kind::Dated(7, Some(9)))], open: true }
    }

    fn parting(a: &Table, b: &Table) -> (String, String) {
        let at = first_difference(&bytes(a), &bytes(b)).expect("they differ");
        let leaf = leaf_at(a, at).expect("a byte inside");
        (leaf.path, leaf.value)
    }

    #[test]
    fn every_byte_leads_back_to_a_field() {
        let table = table();
        let all = bytes(&table);
        let leaves: Vec<Leaf> = (0..all.len()).map(|at| leaf_at(&table, at).expect("inside")).collect();
        assert_eq!(leaves[0].path, "rows[0]");
        assert_eq!(leaves[1].path, "rows[0].name");
        assert_eq!(leaves[all.len() - 1], Leaf { path: "open".to_owned(), value: "true".to_owned() });
        assert_eq!(leaf_at(&table, all.len()), None);
    }

    #[test]
    fn differences_are_named_where_they_are() {
        let mut other = table();
        other.rows[1].kind = Kind::Dated(7, None);
        assert_eq!(parting(&table(), &other), ("rows[1].kind[1]".to_owned(), "some".to_owned()));
        let mut other = table();
        other.rows[0].shares[1] = 0.0;
        assert_eq!(parting(&table(), &other), ("rows[0].shares[1]".to_owned(), "-0".to_owned()));
        let mut other = table();
        other.rows.pop();
        assert_eq!(parting(&table(), &other), ("rows[1]".to_owned(), "there".to_owned()));
        assert_eq!(parting(&other, &table()), ("rows[1]".to_owned(), "nothing".to_owned()));
    }

    #[test]
    #[should_panic(expected = "a map has no order")]
    fn a_map_is_refused() {
        let map = std::collections::BTreeMap::from([(1, 2)]);
        let _ = bytes(&map);
    }
}
