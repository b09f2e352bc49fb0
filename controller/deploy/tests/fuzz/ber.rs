//! Changes of BER that keep its shape: the lengths around a change are right again, so that it is read as far as it is.

use crate::dice::Dice;

/// An element: a tag, and bytes or elements in it.
#[derive(Clone)]
struct Element {
    tag: u8,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Bytes(Vec<u8>),
    Elements(Vec<Element>),
}

/// Contents of numbers, names and texts that somebody may not have reckoned with.
const CONTENTS: [&[u8]; 14] = [
    b"",
    b"\x00",
    b"\xFF",
    b"\x7F",
    b"\x00\xFF",
    b"\x7F\xFF\xFF\xFF",
    b"\x80\x00\x00\x00",
    b"\x00\xFF\xFF\xFF\xFF",
    b"\x01\x00\x00\x00\x00\x00\x00\x00\x00",
    b"\x2B\x06\x01\x04\x01\x89\x36\x04\x02\x01",
    b"\x2B\x8F\xFF\xFF\xFF\x7F",
    b"\x80",
    b"private",
    &[0x41; 200],
];

/// Tags of numbers, texts, names, questions and answers.
const TAGS: [u8; 16] = [2, 4, 5, 6, 0x30, 0x40, 0x41, 0x43, 0x46, 0x80, 0xA0, 0xA1, 0xA2, 0xA3, 0xA5, 0xA8];

/// Reads elements; `None` where the bytes have not that shape.
fn read(mut bytes: &[u8], depth: usize) -> Option<Vec<Element>> {
    let mut all = Vec::new();
    while let [tag, first, rest @ ..] = bytes {
        let more = if *first < 0x80 { 0 } else { usize::from(first & 0x7F) };
        let (long, rest) = rest.split_at_checked(more)?;
        let length =
            if more == 0 { usize::from(*first) } else { long.iter().fold(0, |n, b| (n << 8 | usize::from(*b)) & 0xFFFF) };
        let (content, rest) = rest.split_at_checked(length)?;
        let inner = if tag & 0x20 != 0 && depth < 8 { read(content, depth + 1) } else { None };
        let body = inner.map_or_else(|| Body::Bytes(content.to_vec()), Body::Elements);
        all.push(Element { tag: *tag, body });
        bytes = rest;
    }
    bytes.is_empty().then_some(all)
}

fn write(all: &[Element], out: &mut Vec<u8>) {
    for element in all {
        let mut content = Vec::new();
        match &element.body {
            Body::Bytes(bytes) => content.extend(bytes),
            Body::Elements(inner) => write(inner, &mut content),
        }
        out.push(element.tag);
        match content.len() {
            short @ 0..0x80 => out.push(short as u8),
            long => out.extend([0x82, (long >> 8) as u8, long as u8]),
        }
        out.extend(content);
    }
}

/// The list that holds one of the elements, drawn by going down from the outermost, and its place there.
fn draw<'a>(all: &'a mut Vec<Element>, dice: &mut Dice) -> Option<(&'a mut Vec<Element>, usize)> {
    let mut list = all;
    loop {
        if list.is_empty() {
            return None;
        }
        // Of what is last there is most: the values at the end of a list.
        let place = if dice.below(3) == 0 { dice.below(list.len()) } else { list.len() - 1 };
        if matches!(&list[place].body, Body::Elements(inner) if !inner.is_empty()) && dice.below(8) > 0 {
            let Body::Elements(inner) = &mut list[place].body else { return None };
            list = inner;
        } else {
            return Some((list, place));
        }
    }
}

/// One change.
pub(crate) fn spoil(bytes: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let Some(mut all) = read(bytes, 0) else { return };
    let Some((list, place)) = draw(&mut all, dice) else { return };
    match dice.below(8) {
        0 => list[place].tag = dice.throw() as u8,
        1 => {
            list[place].tag = *dice.one_of(&TAGS);
        }
        2 => drop(list.remove(place)),
        3 => {
            let again = list[place].clone();
            list.extend(std::iter::repeat_n(again, 1 + dice.below(20)));
        }
        4 => {
            if let Some(mut others) = read(other, 0)
                && let Some((from, at)) = draw(&mut others, dice)
            {
                list[place] = from[at].clone();
            }
        }
        5 => {
            if let Body::Bytes(content) = &mut list[place].body
                && !content.is_empty()
            {
                let at = dice.below(content.len());
                content[at] = dice.throw() as u8;
            }
        }
        _ => list[place].body = Body::Bytes(dice.one_of(&CONTENTS).to_vec()),
    }
    bytes.clear();
    write(&all, bytes);
}
