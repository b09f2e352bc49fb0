//! A small file read whole, for formats that keep what they say between tags.

use super::{MOST_NODES, Reader, Step, XmlError, XmlProblem, short};
use std::io::BufRead;
use std::path::Path;
use std::str::FromStr;

/// An element with what is in it. Prefixes of names are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name without a prefix.
    pub name: String,
    /// The line where it begins, counted from 1.
    pub line: usize,
    /// What stands in it, where it has no children.
    pub text: String,
    /// The elements in it, in file order.
    pub children: Vec<Node>,
}

impl Node {
    /// Reads a whole file, given with its name for messages.
    ///
    /// # Errors
    /// As [`Reader::advance`], and when there are more than [`MOST_NODES`] elements.
    pub fn read(input: impl BufRead, file: &Path) -> Result<Self, XmlError> {
        let mut reader = Reader::new(input, file).keeping_text();
        let (mut open, mut root, mut count): (Vec<Self>, _, _) = (Vec::new(), None, 0);
        while let Some(step) = reader.advance()? {
            match step {
                Step::Open => {
                    count += 1;
                    if count > MOST_NODES {
                        return Err(reader.element().fault(XmlProblem::TooMany));
                    }
                    let name = reader.element().name();
                    let name = name.rsplit(':').next().unwrap_or(name).to_owned();
                    open.push(Self { name, line: reader.element().line(), text: String::new(), children: Vec::new() });
                }
                Step::Close => {
                    let Some(mut node) = open.pop() else { continue };
                    if node.children.is_empty() {
                        reader.text().clone_into(&mut node.text);
                    }
                    match open.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => root = Some(node),
                    }
                }
            }
        }
        root.ok_or_else(|| XmlError { file: file.into(), line: 1, problem: XmlProblem::Empty })
    }

    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The children of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// What is at the end of a path of names, the first of each.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.child(name))
    }

    /// What stands in a child; `None` when there is no such child.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|c| c.text.as_str())
    }

    /// A value of any type that parses, if it is there and does.
    pub fn parsed<T: FromStr>(&self) -> Option<T> {
        self.text.parse().ok()
    }

    /// What stands in it, cut to what a message can carry.
    pub fn shown(&self) -> String {
        short(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Node, XmlError> {
        Node::read(text.as_bytes(), Path::new("test.xml"))
    }

    #[test]
    fn what_stands_between_tags_is_kept() {
        let root = read("<a:r>\n <b> 1 &lt; <![CDATA[2 & 3]]> </b><b/><c><d>x</d> y</c></a:r>").unwrap();
        assert_eq!((root.name.as_str(), root.line), ("r", 1));
        let texts: Vec<&str> = root.all("b").map(|b| b.text.as_str()).collect();
        assert_eq!(texts, ["1 < 2 & 3", ""]);
        assert_eq!(root.at(&["c", "d"]).map(|d| (d.text.as_str(), d.line)), Some(("x", 2)));
        assert_eq!(root.text_of("c"), Some(""));
    }

    #[test]
    fn a_file_that_breaks_off_or_has_too_many_elements_is_refused() {
        assert!(matches!(read("<r><b>1").unwrap_err().problem, XmlProblem::Truncated(_)));
        let many = format!("<r>{}</r>", "<b/>".repeat(MOST_NODES));
        assert_eq!(read(&many).unwrap_err().problem, XmlProblem::TooMany);
    }
}
