//! OpenStreetMap XML, read element by element.
//!
//! Nothing but one element is held at a time. No document type, no entity of its own, limited depth and limited size
//! of any one tag: a hostile file ends in an error that names its line.

use super::element::{Element, Member, MemberKind, Tags};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

/// The deepest nesting that is read; OSM itself needs three.
const DEEPEST: usize = 16;

/// The most bytes that one tag, comment or text may take.
const LARGEST_TOKEN: usize = 1 << 20;

/// What is wrong, and in which line.
pub(super) struct XmlFault {
    pub(super) line: usize,
    pub(super) what: String,
}

/// A reader that counts lines and refuses tokens without end.
struct Lines<R> {
    inner: R,
    line: usize,
    /// Bytes taken since the last event.
    taken: usize,
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken > LARGEST_TOKEN {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a tag or text of more than {LARGEST_TOKEN} bytes")));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(buffer) = self.inner.fill_buf() {
            self.line += buffer.iter().take(amount).filter(|&&b| b == b'\n').count();
        }
        self.taken += amount;
        self.inner.consume(amount);
    }
}

/// The element that is being read, tags and references still to come.
struct Open {
    name: String,
    attributes: BTreeMap<String, String>,
    tags: Tags,
    nodes: Vec<i64>,
    members: Vec<Member>,
}

/// Reads every element in the order of the file.
pub(super) fn read(input: impl BufRead, sink: &mut dyn FnMut(Element) -> Result<(), String>) -> Result<(), XmlFault> {
    let mut reader = Reader::from_reader(Lines { inner: input, line: 1, taken: 0 });
    let mut state = State { depth: 0, rooted: false, closed: false, open: None, sink };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let event = event.map(Event::into_owned).map_err(|e| e.to_string());
        let done = event.and_then(|event| state.event(&event));
        let inner = reader.get_mut();
        inner.taken = 0;
        match done {
            Ok(false) => {}
            Ok(true) => return Ok(()),
            Err(what) => return Err(XmlFault { line: inner.line, what }),
        }
    }
}

struct State<'a> {
    depth: usize,
    rooted: bool,
    closed: bool,
    open: Option<Open>,
    sink: &'a mut dyn FnMut(Element) -> Result<(), String>,
}

impl State<'_> {
    /// Takes one event; `true` at the sound end of the file.
    fn event(&mut self, event: &Event<'_>) -> Result<bool, String> {
        match event {
            Event::Start(tag) => {
                self.start(tag)?;
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(format!("nested more than {DEEPEST} deep"));
                }
            }
            Event::Empty(tag) => {
                self.start(tag)?;
                self.end(tag.name().as_ref(), self.depth)?;
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                self.end(tag.name().as_ref(), self.depth)?;
                self.closed = self.depth == 0;
            }
            Event::DocType(_) => return Err("a document type is not allowed".into()),
            Event::GeneralRef(_) if self.depth == 0 => return Err("a reference outside the root element".into()),
            Event::Eof if !self.rooted => return Err("the file holds no <osm> element".into()),
            Event::Eof if !self.closed => return Err("the file ends within an element: it is cut off".into()),
            Event::Eof => return Ok(true),
            _ => {}
        }
        Ok(false)
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        let name = tag.name();
        let name: &str = name.as_ref();
        match self.depth {
            0 if self.rooted => Err(format!("a second root element <{name}>")),
            0 if name == "osm" => {
                self.rooted = true;
                Ok(())
            }
            0 => Err(format!("the root element is <{name}>, not <osm>")),
            1 if matches!(name, "node" | "way" | "relation") => {
                let attributes = attributes(tag)?;
                let (tags, nodes, members) = (Tags::new(), Vec::new(), Vec::new());
                self.open = Some(Open { name: name.to_owned(), attributes, tags, nodes, members });
                Ok(())
            }
            2 => self.open.as_mut().map_or(Ok(()), |open| open.child(name, tag)),
            _ => Ok(()),
        }
    }

    fn end(&mut self, _name: &str, depth: usize) -> Result<(), String> {
        if depth != 1 {
            return Ok(());
        }
        let Some(open) = self.open.take() else { return Ok(()) };
        let element = open.close()?;
        match element.fault() {
            Some(what) => Err(what),
            None => (self.sink)(element),
        }
    }
}

impl Open {
    fn child(&mut self, name: &str, tag: &BytesStart<'_>) -> Result<(), String> {
        let of = |a: &BTreeMap<String, String>, key: &str| {
            a.get(key).cloned().ok_or_else(|| format!("<{name}> within a <{}> has no attribute {key}", self.name))
        };
        match name {
            "tag" => {
                let a = attributes(tag)?;
                self.tags.insert(of(&a, "k")?, of(&a, "v")?);
            }
            "nd" if self.name == "way" => self.nodes.push(whole(&of(&attributes(tag)?, "ref")?, "ref")?),
            "member" if self.name == "relation" => {
                let a = attributes(tag)?;
                let kind = match of(&a, "type")?.as_str() {
                    "node" => MemberKind::Node,
                    "way" => MemberKind::Way,
                    "relation" => MemberKind::Relation,
                    other => return Err(format!("a member of the unknown type \"{}\"", shortened(other))),
                };
                let role = a.get("role").cloned().unwrap_or_default();
                self.members.push(Member { kind, id: whole(&of(&a, "ref")?, "ref")?, role });
            }
            _ => {}
        }
        Ok(())
    }

    fn close(self) -> Result<Element, String> {
        let of = |key: &str| {
            self.attributes.get(key).map(String::as_str).ok_or_else(|| format!("a <{}> has no attribute {key}", self.name))
        };
        let id = whole(of("id")?, "id")?;
        Ok(match self.name.as_str() {
            "node" => {
                let (lat, lon) = (degrees(of("lat")?, "lat")?, degrees(of("lon")?, "lon")?);
                Element::Node { id, lat, lon, tags: self.tags }
            }
            "way" => Element::Way { id, nodes: self.nodes, tags: self.tags },
            _ => Element::Relation { id, members: self.members, tags: self.tags },
        })
    }
}

fn attributes(tag: &BytesStart<'_>) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let value = attribute.normalized_value(XmlVersion::default()).map_err(|e| e.to_string())?;
        let key: &str = attribute.key.as_ref();
        found.insert(key.to_owned(), value.into_owned());
    }
    Ok(found)
}

fn whole(text: &str, key: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| format!("{key}=\"{}\" is not a whole number", shortened(text)))
}

fn degrees(text: &str, key: &str) -> Result<f64, String> {
    let value = text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
    value.ok_or_else(|| format!("{key}=\"{}\" is not a number of degrees", shortened(text)))
}

/// The beginning of a text that may be of any length.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
