//! OpenStreetMap XML, read element by element.

use super::element::{Element, Member, MemberKind, Tags};
use crate::xml::{Element as XmlElement, Reader, Step, XmlError};
use std::io::BufRead;
use std::path::Path;

/// What is wrong, and in which line.
pub(super) struct XmlFault {
    pub(super) line: usize,
    pub(super) what: String,
}

impl From<XmlError> for XmlFault {
    fn from(error: XmlError) -> Self {
        Self { line: error.line, what: error.problem.to_string() }
    }
}

/// Reads every element in the order of the file.
pub(super) fn read(
    input: impl BufRead,
    file: &Path,
    sink: &mut dyn FnMut(Element) -> Result<(), String>,
) -> Result<(), XmlFault> {
    let mut reader = Reader::new(input, file);
    reader.root("osm")?;
    while reader.child_of(1)? {
        let line = reader.element().line();
        let Some(begun) = begin(&reader.element())? else { continue };
        let element = children(&mut reader, begun)?;
        let done = element.fault().map_or_else(|| sink(element), Err);
        done.map_err(|what| XmlFault { line, what })?;
    }
    match reader.advance()? {
        Some(Step::Open) => Err(XmlFault { line: reader.line(), what: "a second root element".into() }),
        _ => Ok(()),
    }
}

/// An element without its children; `None` when it is of no use.
fn begin(element: &XmlElement<'_>) -> Result<Option<Element>, XmlError> {
    const WHOLE: &str = "a whole number";
    let tags = Tags::new();
    Ok(match element.name() {
        "node" => {
            let (lat, lon) = (element.need_number("lat")?, element.need_number("lon")?);
            Some(Element::Node { id: element.need_parse("id", WHOLE)?, lat, lon, tags })
        }
        "way" => Some(Element::Way { id: element.need_parse("id", WHOLE)?, nodes: Vec::new(), tags }),
        "relation" => Some(Element::Relation { id: element.need_parse("id", WHOLE)?, members: Vec::new(), tags }),
        _ => None,
    })
}

fn children<R: BufRead>(reader: &mut Reader<R>, mut begun: Element) -> Result<Element, XmlError> {
    while reader.child_of(2)? {
        let child = reader.element();
        match (&mut begun, child.name()) {
            (Element::Node { tags, .. } | Element::Way { tags, .. } | Element::Relation { tags, .. }, "tag") => {
                tags.insert(child.need("k")?.to_owned(), child.need("v")?.to_owned());
            }
            (Element::Way { nodes, .. }, "nd") => nodes.push(child.need_parse("ref", "the id of a node")?),
            (Element::Relation { members, .. }, "member") => {
                let kind = match child.need("type")? {
                    "node" => MemberKind::Node,
                    "way" => MemberKind::Way,
                    "relation" => MemberKind::Relation,
                    _ => return Err(child.bad("type", "node, way or relation")),
                };
                let role = child.get("role").unwrap_or_default().to_owned();
                members.push(Member { kind, id: child.need_parse("ref", "the id of an element")?, role });
            }
            _ => {}
        }
        if begun.too_large() {
            break;
        }
    }
    Ok(begun)
}
