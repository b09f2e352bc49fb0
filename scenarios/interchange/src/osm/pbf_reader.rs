//! OpenStreetMap PBF, read block by block.

use super::element::{Element, Member, MemberKind, Tags};
use osmpbf::{BlobDecode, BlobReader, PrimitiveBlock, RelMemberType};
use std::io::Read;

/// Reads every element in the order of the file; an error names the block.
pub(super) fn read(input: impl Read + Send, sink: &mut dyn FnMut(Element) -> Result<(), String>) -> Result<(), String> {
    let mut header = false;
    for (number, blob) in BlobReader::new(input).enumerate() {
        let at = |e: &dyn std::fmt::Display| format!("block {number}: {e}");
        match blob.and_then(|b| b.decode().map(Owned::from)).map_err(|e| at(&e))? {
            Owned::Header => header = true,
            Owned::Data(_) if !header => return Err(at(&"data before the header")),
            Owned::Data(block) => data(&block, sink).map_err(|e| at(&e))?,
            Owned::Unknown => {}
        }
    }
    if header { Ok(()) } else { Err("the file holds no header block".into()) }
}

enum Owned {
    Header,
    Data(Box<PrimitiveBlock>),
    Unknown,
}

impl From<BlobDecode<'_>> for Owned {
    fn from(decoded: BlobDecode<'_>) -> Self {
        match decoded {
            BlobDecode::OsmHeader(_) => Self::Header,
            BlobDecode::OsmData(block) => Self::Data(Box::new(block)),
            BlobDecode::Unknown(_) => Self::Unknown,
        }
    }
}

fn data(block: &PrimitiveBlock, sink: &mut dyn FnMut(Element) -> Result<(), String>) -> Result<(), String> {
    let mut result = Ok(());
    block.for_each_element(|element| {
        if result.is_ok() {
            let element = converted(&element);
            result = element.and_then(|e| e.fault().map_or_else(|| sink(e), Err));
        }
    });
    result
}

fn converted(element: &osmpbf::Element<'_>) -> Result<Element, String> {
    Ok(match element {
        osmpbf::Element::Node(n) => Element::Node { id: n.id(), lat: n.lat(), lon: n.lon(), tags: tags(n.tags()) },
        osmpbf::Element::DenseNode(n) => Element::Node { id: n.id(), lat: n.lat(), lon: n.lon(), tags: tags(n.tags()) },
        osmpbf::Element::Way(w) => Element::Way { id: w.id(), nodes: w.refs().collect(), tags: tags(w.tags()) },
        osmpbf::Element::Relation(r) => {
            let members: Result<Vec<Member>, String> = r
                .members()
                .map(|m| {
                    let kind = match m.member_type {
                        RelMemberType::Node => MemberKind::Node,
                        RelMemberType::Way => MemberKind::Way,
                        RelMemberType::Relation => MemberKind::Relation,
                    };
                    let role = m.role().map_err(|e| e.to_string())?.to_owned();
                    Ok(Member { kind, id: m.member_id, role })
                })
                .collect();
            Element::Relation { id: r.id(), members: members?, tags: tags(r.tags()) }
        }
    })
}

fn tags<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> Tags {
    tags.map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}
